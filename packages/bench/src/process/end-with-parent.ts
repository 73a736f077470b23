import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * Ends this process, which `forkChild` started, when its parent ends. A thread watches the parent, so that code that
 * blocks this process does not keep it alive. Resolves when the thread watches.
 * @throws The thread's error if it cannot be loaded, e.g. because of too few open files.
 */
export async function endWithParent(): Promise<void> {
  const watcher = new Worker(new URL('./watch-parent.js', import.meta.url))
  await once(watcher, 'message')
  watcher.unref()
}
