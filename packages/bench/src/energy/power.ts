import { setImmediate as turn } from 'node:timers/promises'
import { now } from '@octet/core/statistics'
import type { Pause } from './meter.ts'

/** Joules from readings of power. Between two readings it assumes their mean power. */
export class PowerIntegral {
  #joules = 0
  #last: { readonly watts: number; readonly at: number } | undefined

  add(watts: number, at: number = now()): void {
    if (this.#last !== undefined)
      this.#joules += ((this.#last.watts + watts) / 2) * (at - this.#last.at) * 1e-9
    this.#last = { watts, at }
  }

  get joules(): number {
    return this.#joules
  }
}

/** The joules of some work, from the power that `read` returns before it, in each pause and after it. */
export async function integrate(read: () => number, work: (pause: Pause) => Promise<void>): Promise<number> {
  const integral = new PowerIntegral()
  integral.add(read())
  await work(async () => {
    integral.add(read())
    await turn()
  })
  integral.add(read())
  return integral.joules
}
