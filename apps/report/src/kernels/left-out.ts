import { kernelPrecisionName } from '@octet/core'
import type { NotTimed } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { counted } from '../format/number.ts'

/** Kernels that were not timed or not compared, grouped by reason. */
export function leftOut(notTimed: readonly NotTimed[]): Child {
  if (notTimed.length === 0) return undefined
  const reasons = new Map<string, Set<string>>()
  for (const one of notTimed) {
    const who =
      one.peer === undefined ? `${one.package}/${one.adapter}` : `${one.peer.name} ${one.peer.precision}`
    const what =
      one.peer === undefined
        ? `${one.shape} ${kernelPrecisionName(one)}${one.variant === undefined ? '' : ` by ${one.variant}`}`
        : one.shape
    const key = `${who}: ${one.reason}`
    reasons.set(key, (reasons.get(key) ?? new Set()).add(what))
  }
  return h(
    'details',
    { class: 'each' },
    h('summary', {}, `Not timed: ${counted(notTimed.length, 'case')}`),
    h(
      'ul',
      {},
      [...reasons].map(([reason, what]) =>
        h('li', {}, reason, h('br'), h('small', {}, [...what].join(', '))),
      ),
    ),
  )
}
