import { Worker } from 'node:worker_threads'

const WATCH = `
const { workerData: parent } = require('node:worker_threads')
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, 500)`

/**
 * Makes this process end soon after its parent, even while a driver blocks its main thread. The parent must be alive
 * during this call: the thread may start much later, and by then the parent may have ended.
 */
export function endWithParent(): void {
  new Worker(WATCH, { eval: true, workerData: process.ppid }).unref()
}
