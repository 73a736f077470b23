import type { Layer } from '@octet/results'
import { h } from '../dom/element.ts'
import { decibels, range, significant } from '../format/number.ts'
import { ranked } from './ranking.ts'

/** SQNR of every tensor under every calibrator, the best of each row marked: shows at a glance which tensor is hard. Row heads choose the tensor. */
export function sqnrMatrix(
  layers: readonly Layer[],
  chosen: Layer,
  choose: (tensor: string) => void,
): HTMLElement {
  const calibrations = [...new Set(layers.flatMap(({ perCalibration }) => Object.keys(perCalibration)))]
  return h(
    'div',
    { class: 'scroller matrix', tabindex: 0, role: 'region', 'aria-label': 'SQNR of every tensor' },
    h(
      'table',
      {},
      h('caption', {}, 'SQNR in dB, best of each tensor in bold'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Tensor'),
          h('th', { scope: 'col', class: 'number' }, 'Observed range'),
          calibrations.map((name) => h('th', { scope: 'col', class: 'number' }, name)),
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
              return h('td', { class: 'number' }, calibrator.best ? h('strong', {}, text) : text)
            }),
          )
        }),
      ),
    ),
  )
}
