// Runs a command line in its own process, because kernel packages may end, block or break the process. Reports each
// step to the parent.
import { realpathSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { oneLine } from '../show/message.ts'
import { endWithParent } from '../process/end-with-parent.ts'
import { exit, FAILED } from '../process/exit.ts'
import { loaded } from '../process/loaded.ts'
import type { Report } from './report.ts'
import type { Witness } from './witness.ts'

/** The shortest time between two signs of life to the parent. */
const ALIVE_MS = 500
/** Resolves after one round of the event loop: timers that were set before have fired, and rejections were seen. */
const turn = (): Promise<void> => setTimeout(1)

/** The number of stack frames that are searched for the package at fault. */
const FRAMES = 100

/** This program's own code. */
const OWN = new URL('..', import.meta.url).href

/** The folders of packages by their ids. */
const folders = new Map<string, string>()

function report(message: Report): void {
  // The message goes out immediately, because the next step may block this process permanently.
  process.send?.(message)
}

/** Reports once how the process ends. Only the first report counts. */
const end = ((): ((message: Report) => void) => {
  let said = false
  return (message) => {
    if (!said) report(message)
    said = true
  }
})()

/** Reports that the process ends early, and whose code ended it if the stack shows that. */
function fall(how: string, stack: string): void {
  const by = packageOn(stack)
  const own = by === undefined && stack.includes(OWN)
  end({ kind: 'fall', how, ...(by !== undefined && { by }), ...(own && { own }) })
}

/** The package whose code is on a stack. */
function packageOn(stack: string): string | undefined {
  return [...folders].find(([, folder]) => stack.includes(folder))?.[0]
}

/** The stack of the caller, without this module. */
function stackHere(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return stack
    .split('\n')
    .filter((frame) => !frame.includes(import.meta.url))
    .join('\n')
}

const witness: Witness = {
  keptIn: (folder) => report({ kind: 'kept-in', folder }),
  knows: (kernels, folder) => folders.set(kernels, `${pathToFileURL(realpathSync(folder)).href}/`),
  watch: async (work, watched) => {
    report({ kind: 'enter', work })
    let told = performance.now()
    try {
      return await watched(() => {
        const now = performance.now()
        if (now - told < ALIVE_MS) return
        told = now
        report({ kind: 'alive' })
      })
    } finally {
      // Remaining events of the package arrive while Octet still knows their source.
      await turn()
      report({ kind: 'leave' })
    }
  },
}

process.on('uncaughtException', (error: unknown) => {
  const stack = (error as Error | undefined)?.stack ?? ''
  // An exception in Octet's own code is for its developers.
  const words = packageOn(stack) === undefined && stack.includes(OWN) ? stack : oneLine(error)
  fall(`throws outside of any call: ${words}`, stack)
  exit(FAILED)
})
process.on('beforeExit', () => {
  fall('waits for an event that can no longer happen', '')
  exit(FAILED)
})
process.on('exit', (code) => {
  const stack = stackHere()
  // Octet itself ends the process after a signal.
  const own = packageOn(stack) === undefined && stack.includes(OWN)
  if (!own) fall(`ends the process (exit code ${code})`, stack)
  else end({ kind: 'done', code })
})
process.abort = () => {
  fall('aborts the process', stackHere())
  process.kill(process.pid, 'SIGABRT')
  throw new Error('unreachable')
}

await loaded(endWithParent)
const { run } = await loaded(() => import('../command/run.ts'))
const code = await run(process.argv.slice(2), witness)
end({ kind: 'done', code })
exit(code)
