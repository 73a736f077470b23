import { parentPort, workerData } from 'node:worker_threads'
import { type Assignment, serve } from './serve.ts'

serve(workerData as Assignment, () => parentPort?.postMessage('ready'))
