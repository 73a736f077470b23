import { now } from '@octet/core/statistics'

/** The number of clock steps that are observed. */
const STEPS = 20
/** After this many readings the clock counts as one without steps. */
const MOST_READINGS = 1e6
/** The number of clock steps in a time for which one step does not matter. */
const WORTH_READING = 20

let least: number | undefined

/**
 * The shortest time in ns that this process's wall clock measures well: 20 of its steps. Node's clock steps by less
 * than 100 ns. The clock of a page steps by 5 us or more, because browsers make it coarse.
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
