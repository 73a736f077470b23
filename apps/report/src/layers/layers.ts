import type { Layer, Run } from '@octet/results'
import { h } from '../dom/element.ts'
import type { Address } from '../page/address.ts'
import { networkChoice, networkView, weightsOf } from '../network/network.ts'
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

/** For each tensor: the observed values, and the result of each calibrator. */
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
      const { workload } = choice.layer
      const seen = networkChoice(run, workload, address)
      const state = JSON.stringify([workload, choice.layer.tensor, choice.counts, seen])
      if (state === drawn) return
      drawn = state
      const lands = address.get('tensor') !== undefined
      draw(view, { run, address, choice, lands, choose: (tensor) => address.set({ workload, tensor }) })
    }
    address.onChange(update)
    update()
    return [
      h(
        'p',
        { class: 'lead' },
        'The activations of FP32 over the calibration set, from one pass that all calibrators share. A ' +
          'calibrator that clips more has finer steps. SQNR shows which choice was better.',
      ),
      h(
        'form',
        { class: 'filters', 'aria-label': 'Layer view', on: { submit: (event) => event.preventDefault() } },
        workloadPicker(listed, address),
        h('label', { class: 'check' }, log, h('span', {}, 'Log counts')),
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

/** Further findings of the sweep. Older runs do not have them. */
function audits({ chosen, stretches = [], shift, fp16 }: Layer): HTMLElement | string {
  const cards = [
    chosen && choiceCard(chosen),
    shift && shiftCard(shift),
    fp16 && fp16Card(fp16),
    stretches.length > 0 && stretchCard(stretches),
  ]
  return cards.some(Boolean) ? h('div', { class: 'layer-cards' }, cards) : ''
}

interface Drawn {
  readonly run: Run
  readonly address: Address
  readonly choice: Choice
  /** Whether the address points to the tensor. */
  readonly lands: boolean
  readonly choose: (tensor: string) => void
}

function draw(view: HTMLElement, { run, address, choice: { layer, counts }, lands, choose }: Drawn): void {
  const focused = document.activeElement
  const within = view.contains(focused)
  const { workload, tensor } = layer
  const siblings = run.layers.filter((one) => one.workload === workload)
  // The output tensor of a layer that uses another tensor's grid has no row here.
  const chooseListed = (output: string): void => {
    if (siblings.some((one) => one.tensor === output)) choose(output)
  }
  view.replaceChildren(
    networkView(run, workload, address, tensor, chooseListed) ?? '',
    sqnrMatrix(siblings, layer, choose),
    h(
      'div',
      { class: 'layer-focus', tabindex: -1, [LANDING]: lands },
      h('div', { class: 'charts' }, distributionChart(layer, counts), weightsOf(run, workload, tensor)),
      h(
        'div',
        {},
        accountTable(layer),
        h(
          'p',
          { class: 'chart-note' },
          'The values at qmin or qmax are clipped values, and values at the end of the data’s own ' +
            'range, which cost nothing.',
        ),
      ),
    ),
    audits(layer),
  )
  if (!within) return
  const again =
    focused instanceof HTMLSelectElement ? `select[name="${focused.name}"]` : '[aria-pressed="true"]'
  view.querySelector<HTMLElement>(again)?.focus({ preventScroll: true })
}
