import { signed } from '../format/number.ts'
import { capitalized } from '../format/task.ts'
import { h } from './element.ts'

/** Matches a clause about a workload, which begins with its id. */
const NAMED = /^[\w.-]+: /

/** A sentence of clauses joined by `; `, as a list with one clause per line. */
export function clauses(sentence: string): HTMLElement {
  return h(
    'ul',
    { class: 'clauses' },
    signed(sentence)
      .replace(/\.$/, '')
      .split('; ')
      .reduce<string[]>(together, [])
      .map((clause) => h('li', {}, `${NAMED.test(clause) ? clause : capitalized(clause)}.`)),
  )
}

/** The list of what each workload takes by itself stays one clause. */
function together(all: readonly string[], clause: string): string[] {
  const last = all.at(-1)
  return last?.startsWith('each by itself: ') && NAMED.test(clause)
    ? [...all.slice(0, -1), `${last}; ${clause}`]
    : [...all, clause]
}
