import { Worker } from 'node:worker_threads'

const WATCH = `
const { workerData: parent } = require('node:worker_threads')
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, 500)`

/**
 * Has this process end soon after its parent, even while a driver blocks its main thread. The parent must be alive when
 * this is called: the thread may start much later, and the parent may have ended by then.
 */
export function endWithParent(): void {
  new Worker(WATCH, { eval: true, workerData: process.ppid }).unref()
}
