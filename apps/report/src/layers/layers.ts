import type { Layer } from '@octet/results'
import { h } from '../dom/element.ts'
import type { Address } from '../page/address.ts'
import type { Section } from '../page/section.ts'
import { accountTable } from './account.ts'
import { choiceCard } from './choice.ts'
import { type CountScale, distributionChart } from './distribution.ts'
import { fp16Card } from './fp16.ts'
import { sqnrMatrix } from './matrix.ts'
import { shiftCard } from './shift.ts'
import { stretchCard } from './stretch.ts'
import './layers.css'

/** Per tensor: what was observed, and what each calibrator makes of it. */
export const layers: Section = {
  id: 'layers',
  title: 'Layers',
  applies: (run) => run.layers.length > 0,
  render(run, address) {
    const workloads = [...new Set(run.layers.map(({ workload }) => workload))]
    const view = h('div', { class: 'layer-view' })
    const select = h(
      'select',
      { name: 'layers', on: { change: () => address.set({ layers: select.value, tensor: undefined }) } },
      workloads.map((workload) => h('option', { value: workload }, workload)),
    )
    const log = h('input', {
      type: 'checkbox',
      on: { change: () => address.set({ counts: log.checked ? undefined : 'linear' }) },
    })
    let drawn: string | undefined
    const update = (): void => {
      const choice = chosen(run.layers, address)
      select.value = choice.layer.workload
      log.checked = choice.counts === 'log'
      const state = `${choice.layer.workload} ${choice.layer.tensor} ${choice.counts}`
      if (state === drawn) return
      drawn = state
      draw(view, run.layers, choice, (tensor) => address.set({ layers: choice.layer.workload, tensor }))
    }
    address.onChange(update)
    update()
    return [
      h(
        'p',
        { class: 'lead' },
        'Activations as FP32 produced them over the calibration set, in one pass that all calibrators share. A calibrator that clips more has a finer scale: SQNR says which trade paid.',
      ),
      h(
        'form',
        { class: 'filters', 'aria-label': 'Layer view', on: { submit: (event) => event.preventDefault() } },
        h('label', {}, h('span', {}, 'Workload'), select),
        h('label', { class: 'check' }, log, h('span', {}, 'Log counts')),
      ),
      view,
    ]
  },
}

interface Choice {
  readonly layer: Layer
  readonly counts: CountScale
}

/** The tensor that the address names, or the first of its workload. */
function chosen(layers: readonly Layer[], address: Address): Choice {
  const ofWorkload = layers.filter(({ workload }) => workload === address.get('layers'))
  const candidates =
    ofWorkload.length > 0 ? ofWorkload : layers.filter(({ workload }) => workload === layers[0].workload)
  const layer = candidates.find(({ tensor }) => tensor === address.get('tensor')) ?? candidates[0]
  return { layer, counts: address.get('counts') === 'linear' ? 'linear' : 'log' }
}

/** What else the sweep looked into; older runs have none of it. */
function audits({ chosen, stretches = [], shift, fp16 }: Layer): HTMLElement | string {
  const cards = [
    chosen && choiceCard(chosen),
    shift && shiftCard(shift),
    fp16 && fp16Card(fp16),
    stretches.length > 0 && stretchCard(stretches),
  ]
  return cards.some(Boolean) ? h('div', { class: 'layer-cards' }, cards) : ''
}

function draw(
  view: HTMLElement,
  layers: readonly Layer[],
  { layer, counts }: Choice,
  choose: (tensor: string) => void,
): void {
  const focused = view.contains(document.activeElement)
  const siblings = layers.filter(({ workload }) => workload === layer.workload)
  view.replaceChildren(
    sqnrMatrix(siblings, layer, choose),
    h('div', { class: 'layer-focus' }, distributionChart(layer, counts), accountTable(layer)),
    audits(layer),
  )
  if (focused) view.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus({ preventScroll: true })
}
