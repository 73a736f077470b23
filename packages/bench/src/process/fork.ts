import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import type { Socket } from 'node:net'
import { endGroup } from './group.ts'
import { LEASH } from './leash.ts'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) endChild(child)
})

/** Where a child's input, output and errors go. */
type Streams = readonly ['ignore' | 'inherit', 'ignore' | 'inherit' | 'pipe', 'ignore' | 'inherit' | 'pipe']

/**
 * Runs a module in a child process with a channel of messages. Neither the child nor what it starts outlives this
 * process: where this process comes to an end they are killed, and where this process is killed they end by
 * themselves, as the module calls `endWithParent` first.
 */
export function forkChild(
  module: string,
  streams: Streams,
  options: Pick<ForkOptions, 'cwd' | 'env' | 'execArgv' | 'serialization'> = {},
  args: readonly string[] = [],
): ChildProcess {
  const child = fork(module, args, {
    execArgv: [],
    ...options,
    stdio: [...streams, 'ipc', 'pipe'],
    // A group of its own, so that what the child starts ends with it. On Windows this would open a window.
    detached: process.platform !== 'win32',
  })
  running.add(child)
  child.once('exit', () => {
    running.delete(child)
    endChild(child)
  })
  // The leash holds the child, not this process. A child that did not start has no streams.
  const leash = child.stdio?.[LEASH] as Socket | null | undefined
  leash?.unref()
  leash?.on('error', () => undefined)
  return child
}

/** Kills a child and all that it started. */
export function endChild({ pid }: ChildProcess): void {
  if (pid !== undefined) endGroup(pid)
}

/** Exit code and signal of a child, when all that it had said is heard. */
export async function ended(
  child: ChildProcess,
): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  const heard = new Promise((resolve) => child.once('disconnect', resolve))
  const exit = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve([code, signal]))
  })
  await heard
  return exit
}
