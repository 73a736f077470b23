// Runs in a thread of a child process.
import { Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { endGroup } from './group.ts'
import { LEASH } from './leash.ts'

const leash = new Socket({ fd: LEASH, readable: true, writable: false })
const end = (): void => endGroup(process.pid)
leash.once('close', end)
leash.once('error', end)
leash.resume()
parentPort?.postMessage('watching')
