import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import type { Socket } from 'node:net'
import { endGroup } from './group.ts'
import { LEASH } from './leash.ts'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) endChild(child)
})

/** The targets of a child's input, output and errors. */
type Streams = readonly ['ignore' | 'inherit', 'ignore' | 'inherit' | 'pipe', 'ignore' | 'inherit' | 'pipe']

/**
 * Runs a module in a child process with a channel of messages. Neither the child nor its own children outlive this
 * process. If this process ends, it kills them. If this process is killed, they end themselves, because the module
 * calls `endWithParent` first.
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
    // The child has its own process group, so that its children end with it. On Windows this would open a window.
    detached: process.platform !== 'win32',
  })
  running.add(child)
  child.once('exit', () => {
    running.delete(child)
    endChild(child)
  })
  // The leash must not keep this process alive. A child that did not start has no streams.
  const leash = child.stdio?.[LEASH] as Socket | null | undefined
  leash?.unref()
  leash?.on('error', () => undefined)
  return child
}

/** Kills a child and all its children. */
export function endChild({ pid }: ChildProcess): void {
  if (pid !== undefined) endGroup(pid)
}

/** Exit code and signal of a child, after all of its output has arrived. */
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
