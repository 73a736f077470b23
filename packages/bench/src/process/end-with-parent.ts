import { Worker } from 'node:worker_threads'

/**
 * Ends this process, which `forkChild` began, when its parent ends. A thread watches, so that code that blocks this
 * process does not keep it alive.
 */
export function endWithParent(): void {
  new Worker(new URL('./watch-parent.js', import.meta.url)).unref()
}
