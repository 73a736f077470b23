import { now } from '@octet/core/statistics'

/** Steps of the clock that are looked at. */
const STEPS = 20
/** Readings after which the clock counts as one that does not step. */
const MOST_READINGS = 1e6
/** How many steps of the clock a time must take so that one step does not matter. */
const WORTH_READING = 20

let least: number | undefined

/**
 * The least time in ns that this process's wall clock shows well: 20 of its steps. Node's clock steps by less than
 * 100 ns, and that of a page by 5 us or more, as browsers blunt it.
 */
export function leastReadable(): number {
  least ??= WORTH_READING * stepOf()
  return least
}

function stepOf(): number {
  let step = Infinity
  let before = now()
  for (let steps = 0, readings = 0; steps < STEPS && readings < MOST_READINGS; readings++) {
    const after = now()
    if (after === before) continue
    step = Math.min(step, after - before)
    before = after
    steps++
  }
  return step
}
