import type { Assignment } from './serve.ts'
import type { Stop } from './node.ts'

/**
 * The number of cores that threads can use. It is 1 if the page is not cross-origin isolated, because memory cannot be
 * shared then.
 */
export function cores(): number {
  return globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1
}

/** Starts a web worker. */
export async function startThread(assignment: Assignment): Promise<Stop> {
  const worker = new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' })
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true })
    worker.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true })
    worker.postMessage(assignment)
  })
  return async () => worker.terminate()
}
