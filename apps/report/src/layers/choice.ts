import type { CalibrationEvidence } from '@octet/results'
import { h } from '../dom/element.ts'
import { decibels } from '../format/number.ts'
import { head, number, numberHead, tableOf } from '../table/scroller.ts'

/** The calibrator that `auto` takes for a tensor, and how near the others come. */
export function choiceCard({ calibration, evidence }: CalibrationEvidence): HTMLElement {
  const ordered = evidence.toSorted((a, b) => (b.sqnrDb ?? Infinity) - (a.sqnrDb ?? Infinity))
  return h(
    'section',
    { class: 'layer-card' },
    h('h3', {}, 'Chosen by auto: ', h('strong', {}, calibration)),
    h('p', {}, 'The strategy of least squared error on calibration samples held out from it.'),
    tableOf({
      heads: [head('Candidate'), numberHead('Held-out SQNR', 'dB')],
      body: h(
        'tbody',
        {},
        ordered.map((one) =>
          h(
            'tr',
            {},
            h(
              'th',
              { scope: 'row' },
              one.calibration === calibration ? h('strong', {}, one.calibration) : one.calibration,
            ),
            number(decibels(one.sqnrDb)),
          ),
        ),
      ),
    }),
  )
}
