import type { SampleStretch } from '@octet/results'
import { h } from '../dom/element.ts'
import { grouped, percent, significant } from '../format/number.ts'
import { head, number, numberHead, tableOf } from '../table/scroller.ts'

/** A sample that decides at least this share of a range stretches it. */
const LARGE = 0.1

/** The calibration samples at the ends of a tensor's range, and the share of the range that each sample decides. */
export function stretchCard(stretches: readonly SampleStretch[]): HTMLElement {
  const largest = Math.max(0, ...stretches.map(({ share }) => share))
  const verdict = largest < LARGE ? 'no sample stretches it' : 'one sample stretches it'
  return h(
    'section',
    { class: 'layer-card' },
    h('h3', {}, 'Samples at the ends of the range: ', h('strong', {}, verdict)),
    h(
      'p',
      {},
      'The calibration sample that sets each end, counted from 0, and the range without this sample.',
    ),
    tableOf({
      heads: [
        head('End'),
        numberHead('Sample'),
        numberHead('Value'),
        numberHead('Without it'),
        numberHead('Narrower by'),
      ],
      body: h(
        'tbody',
        {},
        stretches.map(({ end, sample, value, without, share }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, end === 'low' ? 'lower' : 'upper'),
            number(grouped(sample)),
            number(significant(value)),
            number(without === null ? 'none' : significant(without)),
            number(percent(share)),
          ),
        ),
      ),
    }),
  )
}
