import type { Layer } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { decibels, range, significant } from '../format/number.ts'
import { fp16Verdict } from './fp16.ts'
import { head, number, numberHead, scroller } from '../table/scroller.ts'
import { type Ranked, ranked } from './ranking.ts'

/**
 * SQNR of every tensor under every calibrator, with the best of each row marked. It shows the hard tensors at a glance.
 * Further columns show the tensor's shift and the effect of FP16, if the run has them. A click on a row's head selects
 * the tensor.
 */
export function sqnrMatrix(
  layers: readonly Layer[],
  chosen: Layer,
  choose: (tensor: string) => void,
): HTMLElement {
  const calibrations = [...new Set(layers.flatMap(({ perCalibration }) => Object.keys(perCalibration)))]
  const audits = AUDITS.filter(({ of }) => layers.some((layer) => of(layer) !== undefined))
  const auto = layers.some((layer) => layer.chosen) ? ', chosen by auto underlined' : ''
  return scroller('SQNR of every tensor', {
    region: 'matrix',
    caption: `SQNR in dB, best of each tensor in bold${auto}`,
    heads: [
      head('Tensor'),
      numberHead('Observed range'),
      calibrations.map((name) => numberHead(name)),
      audits.map(({ head: words, unit, number: figures }) => (figures ? numberHead : head)(words, unit)),
    ],
    body: h(
      'tbody',
      {},
      layers.map((layer) => {
        const calibrators = new Map(ranked(layer).map((calibrator) => [calibrator.name, calibrator]))
        return h(
          'tr',
          { class: layer === chosen && 'is-chosen' },
          h('th', { scope: 'row' }, chooser(layer, layer === chosen, choose)),
          number(range(layer.range, significant)),
          calibrations.map((name) => number(sqnr(calibrators.get(name), layer))),
          audits.map(({ of, number: figures }) => h('td', { class: figures && 'number' }, of(layer) ?? '–')),
        )
      }),
    ),
  })
}

function chooser(layer: Layer, isChosen: boolean, choose: (tensor: string) => void): HTMLElement {
  return h(
    'button',
    {
      type: 'button',
      class: 'link',
      'aria-pressed': isChosen ? 'true' : 'false',
      on: { click: () => choose(layer.tensor) },
    },
    layer.tensor,
  )
}

function sqnr(calibrator: Ranked | undefined, { chosen }: Layer): Child {
  if (calibrator === undefined) return undefined
  const text = decibels(calibrator.sqnrDb)
  const shown = calibrator.best ? h('strong', {}, text) : text
  return calibrator.name === chosen?.calibration ? h('u', {}, shown) : shown
}

/** Further figures of a tensor. Each is shown if some tensor has it. */
const AUDITS: readonly {
  readonly head: string
  readonly unit?: string
  readonly number: boolean
  readonly of: (layer: Layer) => Child
}[] = [
  { head: 'Shift', unit: 'PSI', number: true, of: ({ shift }) => shift && significant(shift.psi) },
  { head: 'FP16', number: false, of: ({ fp16 }) => fp16 && fp16Verdict(fp16.verdict) },
]
