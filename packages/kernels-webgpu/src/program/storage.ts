import { planStorage, type Lifetime, type StepList } from '@octet/core'
import { storedBytes } from '../device/layout.ts'
import type { Part } from './parts.ts'

/** Which tensor's storage each tensor of a program lies in, its own included. */
export function storagesOf(list: StepList, parts: readonly Part[]): readonly number[] {
  const lives = lifetimes(list, parts)
  const reuses = planStorage(lives)
  return reuses.map((owner, index) => (owner < 0 ? index : owner))
}

/**
 * From the step that makes a tensor to the last that reads it. Workgroups of a chain are at different steps at one
 * time, so all that such a chain touches is alive throughout it.
 */
function lifetimes({ tensors, steps, written, read, fixed }: StepList, parts: readonly Part[]): Lifetime[] {
  const times = parts.flatMap(({ from, to, by }) =>
    Array.from({ length: to - from }, (_, i) => (typeof by === 'object' ? from : from + i)),
  )
  const [first, last] = [tensors.map(() => steps.length), tensors.map(() => -1)]
  for (const index of [...written, ...fixed.keys()]) first[index] = -1
  for (const [i, { inputs, output }] of steps.entries()) {
    first[output] = times[i]
    last[output] = Math.max(last[output], times[i])
    for (const index of inputs) last[index] = Math.max(last[index], times[i])
  }
  for (const index of [...read, ...fixed.keys()]) last[index] = steps.length
  return tensors.map((spec, index) => ({
    bytes: Math.max(4, storedBytes(spec)),
    first: first[index],
    last: Math.max(first[index], last[index]),
  }))
}
