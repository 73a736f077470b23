import { TASKS } from '@octet/core'
import type { Cell } from '../../run/cell.ts'
import type { Difference } from './comparison.ts'

/** Decibels are sums of floats. Two runs on one machine may differ by this much and still be equal. */
const DECIBELS = 1e-6
/** The same if another device, which rounds differently, computed FP32's outputs. */
const DECIBELS_ELSEWHERE = 0.1

export function answered({ status }: Cell): boolean {
  return status === 'ok' || status === 'unstable'
}

export function status(before: Cell, after: Cell): Difference[] {
  if (answered(before) === answered(after)) return []
  return [
    {
      ...worseIf(answered(before)),
      key: after.key,
      figure: 'status',
      before: before.status,
      after: after.status,
    },
  ]
}

/** Figures that a cell had and has lost, although it was measured again. */
export function lostFigures(before: Cell, after: Cell): Difference[] {
  if (!answered(before) || !answered(after)) return []
  const parts = [
    ...(before.task ? [[TASKS[before.task.id].noun, before.task.value, after.task] as const] : []),
    ['sqnrDb', before.fidelity && (before.fidelity.sqnrDb ?? Infinity), after.fidelity],
    ['outputs', before.outputsHash, after.outputsHash],
    ['weightBytes', before.memory?.weightBytes, after.memory],
  ] as const
  return parts.flatMap(([figure, old, now]) =>
    old === undefined || now !== undefined
      ? []
      : [{ ...worseIf(true), key: after.key, figure, before: old, after: 'missing' }],
  )
}

/** The value of the task's metric; empty if one cell has none, or has another task's value. */
export function score({ task: before }: Cell, { key, task: after }: Cell): Difference[] {
  if (before === undefined || before.id !== after?.id) return []
  const { noun, higherIsBetter } = TASKS[after.id]
  return exact(key, noun, before.value, after.value, higherIsBetter ? -1 : 1)
}

/** SQNR and agreement. `elsewhere`: another device computed the outputs of FP32. */
export function fidelity(before: Cell, after: Cell, elsewhere: boolean): Difference[] {
  const { fidelity: old } = before
  const { fidelity: now } = after
  if (old === undefined || now === undefined) return []
  const [was, is] = [old.sqnrDb ?? Infinity, now.sqnrDb ?? Infinity]
  const equal = was === is || Math.abs(was - is) <= (elsewhere ? DECIBELS_ELSEWHERE : DECIBELS)
  const decibels = equal ? [] : exact(after.key, 'sqnrDb', was, is, -1)
  return [...decibels, ...(elsewhere ? [] : exact(after.key, 'agreement', old.agreement, now.agreement, -1))]
}

/** The INT8 outputs. A change of one integer changes their digest. */
export function outputs({ outputsHash: before }: Cell, { key, outputsHash: after }: Cell): Difference[] {
  if (before === undefined || after === undefined || before === after) return []
  return [{ ...worseIf(true), key, figure: 'outputs', before, after }]
}

export function bytes(before: Cell, after: Cell): Difference[] {
  return (['weightBytes', 'activationPeakBytes'] as const).flatMap((figure) =>
    exact(after.key, figure, before.memory?.[figure], after.memory?.[figure], 1),
  )
}

/** Ops that ran on the reference: worse if there are new ones, better if there are only fewer. */
export function fallbackOps(before: Cell, after: Cell): Difference[] {
  const [old, now] = [new Set(before.fallbackOps), new Set(after.fallbackOps)]
  const grew = [...now].some((op) => !old.has(op))
  if (!grew && old.size === now.size) return []
  const inWords = (ops: ReadonlySet<string>): string => (ops.size === 0 ? 'none' : [...ops].join(', '))
  return [
    { ...worseIf(grew), key: after.key, figure: 'fallbackOps', before: inWords(old), after: inWords(now) },
  ]
}

/** A deterministic figure. `costly` is 1 if more is worse, and -1 if less is worse. */
function exact(
  key: string,
  figure: Difference['figure'],
  before: number | undefined,
  after: number | undefined,
  costly: 1 | -1,
): Difference[] {
  if (before === undefined || after === undefined || before === after) return []
  return [{ ...worseIf((after - before) * costly > 0), key, figure, before, after }]
}

function worseIf(worse: boolean): Pick<Difference, 'verdict' | 'gates'> {
  return { verdict: worse ? 'worse' : 'better', gates: worse }
}
