import type { Layer } from '@octet/results'
import { h } from '../dom/element.ts'
import type { Address } from '../page/address.ts'
import { LANDING, type View } from '../page/view.ts'
import { wrongChoice } from '../page/wrong.ts'
import { workloadPicker, workloadsOf } from '../workload/chosen.ts'
import { accountTable } from './account.ts'
import { choiceCard } from './choice.ts'
import { type CountScale, distributionChart } from './distribution.ts'
import { fp16Card } from './fp16.ts'
import { sqnrMatrix } from './matrix.ts'
import { shiftCard } from './shift.ts'
import { stretchCard } from './stretch.ts'
import './layers.css'

/** Per tensor: the observed values, and the result of each calibrator. */
export const layers: View = {
  id: 'layers',
  title: 'Layers',
  applies: (run) => run.layers.length > 0,
  render({ run, address }) {
    const view = h('div', { class: 'layer-view' })
    const listed = workloadsOf(run, run.layers)
    const log = h('input', {
      type: 'checkbox',
      on: { change: () => address.set({ counts: log.checked ? undefined : 'linear' }) },
    })
    const wrong = wrongChoice(address, () => {
      const { layer } = chosen(run.layers, address)
      const named = address.get('tensor')
      return named === undefined || named === layer.tensor
        ? undefined
        : `${layer.workload} has no tensor “${named}”: the first is shown.`
    })
    let drawn: string | undefined
    const update = (): void => {
      const choice = chosen(run.layers, address)
      log.checked = choice.counts === 'log'
      const state = `${choice.layer.workload} ${choice.layer.tensor} ${choice.counts}`
      if (state === drawn) return
      drawn = state
      const lands = address.get('tensor') !== undefined
      draw(view, run.layers, choice, lands, (tensor) =>
        address.set({ workload: choice.layer.workload, tensor }),
      )
    }
    address.onChange(update)
    update()
    return [
      h(
        'p',
        { class: 'lead' },
        'The activations of FP32 over the calibration set, from one pass that all calibrators share. A calibrator that clips more has finer steps. SQNR shows which choice was better.',
      ),
      h(
        'form',
        { class: 'filters', 'aria-label': 'Layer view', on: { submit: (event) => event.preventDefault() } },
        workloadPicker(listed, address),
        h('label', { class: 'check' }, log, h('span', {}, 'Log counts')),
      ),
      h(
        'p',
        { class: 'chart-note' },
        'At qmin or qmax are the values that were clipped, and those that lie at the data’s own end, which cost nothing.',
      ),
      wrong,
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
  const ofWorkload = layers.filter(({ workload }) => workload === address.get('workload'))
  const candidates =
    ofWorkload.length > 0 ? ofWorkload : layers.filter(({ workload }) => workload === layers[0].workload)
  const layer = candidates.find(({ tensor }) => tensor === address.get('tensor')) ?? candidates[0]
  return { layer, counts: address.get('counts') === 'linear' ? 'linear' : 'log' }
}

/** Further findings of the sweep, which older runs do not have. */
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
  lands: boolean,
  choose: (tensor: string) => void,
): void {
  const focused = view.contains(document.activeElement)
  const siblings = layers.filter(({ workload }) => workload === layer.workload)
  view.replaceChildren(
    sqnrMatrix(siblings, layer, choose),
    h(
      'div',
      { class: 'layer-focus', tabindex: -1, [LANDING]: lands },
      distributionChart(layer, counts),
      accountTable(layer),
    ),
    audits(layer),
  )
  if (focused) view.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus({ preventScroll: true })
}
