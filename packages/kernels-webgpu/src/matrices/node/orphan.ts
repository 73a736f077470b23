import { Worker } from 'node:worker_threads'

const WATCH = `
const parent = process.ppid
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, 500)`

/** Has this process end soon after its parent, even while a driver blocks its main thread. */
export function endWithParent(): void {
  new Worker(WATCH, { eval: true }).unref()
}
