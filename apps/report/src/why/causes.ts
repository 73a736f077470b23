import type { Goals, Run } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { counted } from '../format/number.ts'
import { hashOf } from '../page/address.ts'
import { type Cause, causesOf } from './cause.ts'

/** The number of causes that show at once. The reader can open the others. */
const AT_ONCE = 5

/** The reasons why configurations of a workload miss the goal of loss, each with a link to the tensor that shows it. */
export function causes(run: Run, workload: string, goals: Goals): Child {
  const all = causesOf(run, workload, goals)
  if (all.length === 0) return undefined
  const rest = all.slice(AT_ONCE)
  return h(
    'section',
    { class: 'causes' },
    h('h4', {}, 'Why some lose more than the goal'),
    list(all.slice(0, AT_ONCE)),
    rest.length > 0 && h('details', {}, h('summary', {}, counted(rest.length, 'more cause')), list(rest)),
  )
}

/** One cause, with a link to its tensor. */
export function causeLine({ cell, sentence, tensor, alike = 0 }: Cause): Child {
  return [
    sentence,
    alike > 0 && ` The same holds of ${counted(alike, 'other configuration')}.`,
    tensor !== undefined && [
      ' ',
      h('a', { href: hashOf('layers', { workload: cell.workload, tensor }) }, `Look at ${tensor}`),
    ],
  ]
}

function list(all: readonly Cause[]): HTMLElement {
  return h(
    'ul',
    {},
    all.map((cause) => h('li', {}, causeLine(cause))),
  )
}
