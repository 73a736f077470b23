import type { KernelResult, Run } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { significant } from '../format/number.ts'
import type { View } from '../page/view.ts'
import { leftOut } from './left-out.ts'
import { models } from './models.ts'
import { outcomes } from './outcomes.ts'
import { peers } from './peers.ts'
import { shapes } from './shapes.ts'
import { variants } from './variants.ts'
import './kernels.css'

/** Separately timed kernels and whole models, beside FP32, the device's peak rates and other projects. */
export const kernels: View = {
  id: 'kernels',
  title: 'Kernels',
  applies: ({ kernels, models = [] }) => kernels.length + models.length > 0,
  render: ({ run }) => [
    h(
      'p',
      { class: 'lead' },
      (run.models ?? []).length > 0 && 'Whole models end to end, by the wall clock. ',
      run.kernels.length > 0 && 'One op over one shape by device time alone. ',
      'Ratios are paired by round: above 1 this project’s kernel takes less time.',
    ),
    devicesOf(run).map((device) => ofDevice(run, device)),
    leftOut(run.notTimed ?? []),
  ],
}

interface Device {
  readonly package: string
  readonly adapter: string
}

function ofDevice(run: Run, device: Device): HTMLElement {
  const here = <T extends Device>(items: readonly T[] | undefined): readonly T[] =>
    (items ?? []).filter((one) => one.package === device.package && one.adapter === device.adapter)
  const timed = here(run.kernels)
  const picked = timed.filter(({ picked = true }) => picked)
  return h(
    'article',
    { class: 'device' },
    h(
      'h3',
      {},
      h('code', {}, deviceOf({ kernels: device.package, adapter: device.adapter })),
      ' ',
      isSoftware(device.adapter, run.machine) && h('span', { class: 'tag' }, 'CPU'),
    ),
    peakRates(here(run.peaks)),
    outcomes(here(run.models)),
    models(here(run.models)),
    peers(picked),
    shapes(picked),
    variants(timed),
  )
}

function peakRates(peaks: NonNullable<Run['peaks']>): Child {
  return (
    peaks.length > 0 &&
    h(
      'p',
      { class: 'facts' },
      'Peak rates measured here: ',
      peaks
        .map(({ unit, rate }) => `${unit} ${significant(rate)} ${unit === 'copy' ? 'GB/s' : 'Gop/s'}`)
        .join(' · '),
    )
  )
}

/** The devices of a run's kernels and models, in their order. */
function devicesOf({ kernels, models = [] }: Run): readonly Device[] {
  const all: readonly (KernelResult | Device)[] = [...kernels, ...models]
  return [...new Map(all.map((one) => [`${one.package}/${one.adapter}`, one])).values()]
}
