import { WriteFault } from '@octet/workloads'
import { messageOf } from '../show/message.ts'

/** The result of a step that may fail for a configuration. */
export type Attempt<T> = { readonly value: T } | { readonly fault: string }

export function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { value: run() }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

/**
 * @throws WriteFault, because a sweep that cannot store its results must end. It can be resumed after the fault is
 * fixed.
 */
export async function attemptAsync<T>(run: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await run() }
  } catch (error) {
    if (error instanceof WriteFault) throw error
    return { fault: messageOf(error) }
  }
}
