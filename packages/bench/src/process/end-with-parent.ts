import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * Ends this process, which `forkChild` began, when its parent ends. A thread watches, so that code that blocks this
 * process does not keep it alive. Resolves when the thread watches.
 * @throws what the thread throws where it cannot be loaded, as with too few open files.
 */
export async function endWithParent(): Promise<void> {
  const watcher = new Worker(new URL('./watch-parent.js', import.meta.url))
  await once(watcher, 'message')
  watcher.unref()
}
