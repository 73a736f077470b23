import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Assignment } from './serve.ts'

/** Ends a thread. */
export type Stop = () => Promise<void>

export function cores(): number {
  return availableParallelism()
}

/** Starts a thread of Node that does not keep the process alive. */
export async function startThread(assignment: Assignment): Promise<Stop> {
  // Options of the process, such as --input-type, must not apply to the thread.
  const options = { workerData: assignment, execArgv: [] }
  const worker = new Worker(new URL('./node-worker.js', import.meta.url), options)
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  worker.unref()
  return async () => {
    await worker.terminate()
  }
}
