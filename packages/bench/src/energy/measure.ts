import { setTimeout as sleep } from 'node:timers/promises'
import { meanInterval, now } from '@octet/core/statistics'
import type { Energy } from '@octet/results'
import { messageOf } from '../show/message.ts'
import type { Meter, Pause } from './meter.ts'

/** Pairs of windows, one with work and one without. */
const PAIRS = 6
/** The approximate time between two readings of the meter, in ns. */
const LOOK_NS = 2e7

/**
 * The energy of one run of some work. Windows that repeat the work alternate with idle windows, whose power is
 * subtracted. The result is the mean over the pairs with its 95% interval (Student's t). If the interval contains 0 or
 * the meter fails, the result is a reason instead.
 * @throws Any error that `run` throws.
 */
export async function measureEnergy(meter: Meter, run: () => Promise<unknown>): Promise<Told> {
  let workFails = false
  try {
    const { mean, ci95 } = meanInterval(
      await joulesOfRuns(meter, () =>
        run().catch((error: unknown) => {
          workFails = true
          throw error
        }),
      ),
    )
    if (ci95.every(Number.isFinite))
      return ci95[0] > 0
        ? { joules: mean, ci95: [...ci95], source: meter.source, tier: 'measured' }
        : { reason: 'the power of the work is not shown to differ from idle power' }
    return { reason: 'the meter gave no reading' }
  } catch (error) {
    if (workFails) throw error
    return { reason: `the meter fails: ${messageOf(error)}` }
  }
}

/** The energy of one run, or the reason why the meter cannot measure it. */
export type Told = Extract<Energy, { tier: 'measured' }> | { readonly reason: string }

/** How long a measurement takes, in ns. */
export function durationNs({ windowNs }: Meter): number {
  return 2 * PAIRS * windowNs
}

/** The joules of one run above idle, for each pair of windows. */
async function joulesOfRuns(meter: Meter, run: () => Promise<unknown>): Promise<number[]> {
  const each: number[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    const idle = await windowOf(meter, async (pause, isOver) => {
      while (!isOver()) {
        await sleep(LOOK_NS / 1e6)
        await pause()
      }
      return 0
    })
    const busy = await windowOf(meter, async (pause, isOver) => {
      let runs = 0
      for (let looked = now(); !isOver(); runs++) {
        await run()
        if (now() - looked < LOOK_NS) continue
        await pause()
        looked = now()
      }
      return runs
    })
    each.push((busy.joules - (idle.joules / idle.ns) * busy.ns) / busy.runs)
  }
  return each
}

interface Window {
  readonly joules: number
  readonly ns: number
  readonly runs: number
}

async function windowOf(
  meter: Meter,
  work: (pause: Pause, isOver: () => boolean) => Promise<number>,
): Promise<Window> {
  let [runs, ns] = [0, 0]
  const joules = await meter.during(async (pause) => {
    const begin = now()
    runs = await work(pause, () => now() - begin >= meter.windowNs)
    ns = now() - begin
  })
  return { joules, ns, runs }
}
