import { mendFor } from '@octet/workloads'
import { BAD_INPUT } from '../process/exit.ts'
import { flush, reserveStdout } from '../show/stdout.ts'
import type { Witness } from '../supervise/witness.ts'
import { main } from './main.ts'
import { processSession } from './session.ts'

/** Runs one command line on this process's streams. Returns the exit code after all output is written. */
export async function run(args: readonly string[], witness?: Witness): Promise<number> {
  const faults: NodeJS.ErrnoException[] = []
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `octet list | head` closes the pipe early. That is no fault.
    if (error.code !== 'EPIPE') faults.push(error)
  })
  const print = reserveStdout()
  const session = { ...processSession(), print, ...(witness && { witness }) }
  const code = await main(args, session)
  await flush(print)
  const [fault] = faults
  if (fault === undefined) return code
  session.reporter.log(
    `the answer cannot be written to standard output: ${fault.message}. ${mendFor(fault.code)}`,
  )
  return BAD_INPUT
}
