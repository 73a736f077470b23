import type { Interval } from '@octet/core/statistics'
import { type Child, h } from '../dom/element.ts'
import { range } from '../format/number.ts'

/** A figure with its 95% interval behind it, both by one format; the figures of a column line up. */
export function measured(value: number, interval: Interval, format: (value: number) => string): Child {
  return [format(value), ' ', h('small', { class: 'interval' }, range(interval, format))]
}
