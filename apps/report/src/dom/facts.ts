import { type Child, h } from './element.ts'

/** Terms with their values. A fact without a value (`undefined`, `false`) is left out. */
export function facts(...pairs: readonly (readonly [term: Child, value: Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'term-list' },
    pairs.map(
      ([term, value]) =>
        value !== undefined && value !== false && h('div', {}, h('dt', {}, term), h('dd', {}, value)),
    ),
  )
}
