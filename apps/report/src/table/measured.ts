import type { Interval } from '@octet/core/statistics'
import { type Child, h } from '../dom/element.ts'
import { range } from '../format/number.ts'

/** A figure followed by its 95% interval, both in the same format. The figures of a column align. */
export function measured(value: number, interval: Interval, format: (value: number) => string): Child {
  return [format(value), ' ', h('small', { class: 'interval' }, range(interval, format))]
}
