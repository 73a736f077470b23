import { h } from './element.ts'

/** A sentence of clauses, joined by `; `, as a list of one clause a line. */
export function clauses(sentence: string): HTMLElement {
  return h(
    'ul',
    { class: 'clauses' },
    sentence
      .replace(/\.$/, '')
      .split('; ')
      .map((clause) => h('li', {}, `${clause[0]?.toUpperCase() ?? ''}${clause.slice(1)}.`)),
  )
}
