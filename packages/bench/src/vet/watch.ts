import { fileURLToPath } from 'node:url'
import { endChild, ended, forkChild } from '../process/fork.ts'
import type { Message, Stage, TrialRequest } from './task.ts'

/** This path is relative to the package's folder, both from source and from `dist`. */
const CHILD = fileURLToPath(new URL('../../dist/vet/child.js', import.meta.url))
/** The number of bytes to keep of a dying process's output, enough for its last line. */
const STDERR_BYTES = 4000

/** How often silence is measured. */
const TICK_MS = 250

/** The stage that blocked or ended the process. */
export interface Fall {
  readonly stage: Stage
  readonly hang: boolean
  /** The event, as a clause that follows the name of the stage. */
  readonly how: string
}

/** Callbacks while a task runs. */
export interface Watcher {
  hear(message: Message): void
  /** The package has a notice that does not affect its outcome. */
  warn?(text: string): void
  /** The stage still lasts. Called from time to time. */
  wait?(stage: Stage, seconds: number): void
}

/**
 * Runs a task in a child process. Resolves with the stage that exceeded its `patience` or ended the process, if any.
 * Time in which this process itself did not run does not count.
 */
export async function watch(
  task: TrialRequest,
  patience: (stage: Stage) => number,
  watcher: Watcher,
): Promise<Fall | undefined> {
  const child = forkChild(CHILD, ['ignore', 'ignore', 'pipe'])
  const kill = (): void => endChild(child)
  let stderr = ''
  child.stderr?.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_BYTES)))
  let stage: Stage | undefined
  let within = false
  let [silentMs, beatlessMs] = [0, 0]
  let fall: Fall | undefined
  let done = false
  child.on('message', (message: Message) => {
    beatlessMs = 0
    if (message.kind === 'beat') return
    silentMs = 0
    if (message.kind === 'warn') return watcher.warn?.(message.text)
    within = message.kind === 'enter'
    if (message.kind === 'enter') stage = message.stage
    watcher.hear(message)
    if (message.kind === 'ready') child.send(task)
    if (message.kind === 'done') {
      done = true
      // The work of a driver at the end of its process does not matter, and it may hang.
      kill()
    }
  })
  const ticker = setInterval(() => {
    silentMs += TICK_MS
    beatlessMs += TICK_MS
    if (stage === undefined || !within || done || fall !== undefined) return
    watcher.wait?.(stage, silentMs / 1000)
    const patienceMs = patience(stage)
    if (silentMs < patienceMs) return
    const after = `${patienceMs / 1000} s`
    const blocked = beatlessMs > patienceMs / 2
    const how = blocked
      ? `blocks its process: it was stopped after ${after}`
      : `has not settled after ${after}`
    fall = { stage, hang: true, how }
    kill()
  }, TICK_MS)
  try {
    const [code, signal] = await ended(child)
    if (done || fall !== undefined) return fall
    const how = `ends its process (${signal ?? `exit code ${code}`})${lastLine(stderr)}`
    // Between stages, leftover work of an earlier stage may end the process.
    if (stage === undefined) throw new Error(`the process that tries kernel packages ${how}`)
    return { stage, hang: false, how }
  } finally {
    clearInterval(ticker)
  }
}

function lastLine(stderr: string): string {
  const line = stderr
    .split('\n')
    .filter((one) => one.trim() !== '')
    .at(-1)
  return line === undefined ? '' : `: ${line.trim()}`
}
