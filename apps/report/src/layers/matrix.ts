import type { Layer } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { decibels, range, significant } from '../format/number.ts'
import { fp16Verdict } from './fp16.ts'
import { ranked } from './ranking.ts'

/**
 * SQNR of every tensor under every calibrator, the best of each row marked: shows at a glance which tensor is hard.
 * Behind it the tensor's shift and what FP16 does to it, where the run has them. Row heads choose the tensor.
 */
export function sqnrMatrix(
  layers: readonly Layer[],
  chosen: Layer,
  choose: (tensor: string) => void,
): HTMLElement {
  const calibrations = [...new Set(layers.flatMap(({ perCalibration }) => Object.keys(perCalibration)))]
  const audits = AUDITS.filter(({ of }) => layers.some((layer) => of(layer) !== undefined))
  return h(
    'div',
    { class: 'scroller matrix', tabindex: 0, role: 'region', 'aria-label': 'SQNR of every tensor' },
    h(
      'table',
      {},
      h(
        'caption',
        {},
        `SQNR in dB, best of each tensor in bold${layers.some(({ chosen }) => chosen) ? ', chosen by auto underlined' : ''}`,
      ),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Tensor'),
          h('th', { scope: 'col', class: 'number' }, 'Observed range'),
          calibrations.map((name) => h('th', { scope: 'col', class: 'number' }, name)),
          audits.map(({ head, unit, number }) =>
            h('th', { scope: 'col', class: number && 'number' }, head, unit && h('small', {}, unit)),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        layers.map((layer) => {
          const calibrators = new Map(ranked(layer).map((calibrator) => [calibrator.name, calibrator]))
          return h(
            'tr',
            { class: layer === chosen && 'is-chosen' },
            h(
              'th',
              { scope: 'row' },
              h(
                'button',
                {
                  type: 'button',
                  class: 'link',
                  'aria-pressed': layer === chosen ? 'true' : 'false',
                  on: { click: () => choose(layer.tensor) },
                },
                layer.tensor,
              ),
            ),
            h('td', { class: 'number' }, range(layer.range, significant)),
            calibrations.map((name) => {
              const calibrator = calibrators.get(name)
              if (calibrator === undefined) return h('td', { class: 'number' }, '–')
              const text = decibels(calibrator.sqnrDb)
              const shown = calibrator.best ? h('strong', {}, text) : text
              return h(
                'td',
                { class: 'number' },
                name === layer.chosen?.calibration ? h('u', {}, shown) : shown,
              )
            }),
            audits.map(({ of, number }) => h('td', { class: number && 'number' }, of(layer) ?? '–')),
          )
        }),
      ),
    ),
  )
}

/** Further figures of a tensor, each where some tensor has it. */
const AUDITS: readonly {
  readonly head: string
  readonly unit?: string
  readonly number: boolean
  readonly of: (layer: Layer) => Child
}[] = [
  { head: 'Shift', unit: 'PSI', number: true, of: ({ shift }) => shift && significant(shift.psi) },
  { head: 'FP16', number: false, of: ({ fp16 }) => fp16 && fp16Verdict(fp16.verdict) },
]
