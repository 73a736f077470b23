import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { UNHEARD, type Warn } from '../../cache/warn.ts'
import type { Conformance } from '../judge.ts'
import type { Message, Task } from './task.ts'

/** This path is relative to the package's folder, both from source and from `dist`. */
const CHILD = fileURLToPath(new URL('../../../dist/matrices/node/child.js', import.meta.url))
/**
 * The time limit for the child's start and for each case. It does not measure speed, because drivers take seconds to
 * compile single shaders.
 */
const PATIENCE_MS = 120_000
/** The number of bytes to keep of a dying process's output, enough for its last line. */
const STDERR_BYTES = 4000

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface TrialOptions {
  /** The time limit for each case. */
  readonly patienceMs?: number
  /** The module that runs the trial. Tests pass other modules. */
  readonly child?: string
  /** Receives the child's messages besides its answer. */
  readonly warn?: Warn
}

/**
 * Tries one kind of subgroup matrices of an adapter in a child process: its conformance, and whether the driver
 * survives it. Undefined if the result shows nothing about the driver, because the process does not start or does not
 * open the adapter.
 */
export async function tryMatrices(
  task: Task,
  { patienceMs = PATIENCE_MS, child: module = CHILD, warn = UNHEARD }: TrialOptions = {},
): Promise<Conformance | undefined> {
  const child = fork(module, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  running.add(child)
  let stderr = ''
  child.stderr?.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_BYTES)))
  let within: string | undefined
  let trial: Conformance | undefined
  let answered = false
  const answer = (found?: Conformance): void => {
    if (answered) return
    answered = true
    trial = found
    // The work of a driver at the end of its process does not matter, and it may hang.
    child.kill('SIGKILL')
  }
  const wait = (forMs: number): NodeJS.Timeout =>
    setTimeout(() => {
      const reason = `${within}: the driver did not answer for ${forMs / 1000} s`
      answer(within === undefined ? undefined : { passed: false, reason })
    }, forMs)
  let timer = wait(PATIENCE_MS)
  child.on('message', (message: Message) => {
    if (message.kind === 'warn') return warn(message.text)
    clearTimeout(timer)
    timer = wait(message.kind === 'enter' ? patienceMs : PATIENCE_MS)
    if (message.kind === 'ready') child.send(task)
    if (message.kind === 'enter') within = message.what
    if (message.kind === 'judged') answer(message.conformance)
    if (message.kind === 'unavailable') answer()
  })
  try {
    const how = await ended(child)
    if (answered || within === undefined) return trial
    return { passed: false, reason: `${within}: the driver ended its process (${how})${lastLine(stderr)}` }
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    running.delete(child)
  }
}

/** Signal or exit code, after all output of the child has arrived. */
async function ended(child: ChildProcess): Promise<string> {
  const heard = new Promise((resolve) => child.once('disconnect', resolve))
  const how = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  await heard
  return how
}

function lastLine(stderr: string): string {
  const line = stderr
    .split('\n')
    .filter((one) => one.trim() !== '')
    .at(-1)
  return line === undefined ? '' : `: ${line.trim()}`
}
