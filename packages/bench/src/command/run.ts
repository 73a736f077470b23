import { mendFor } from '@octet/workloads'
import { flush, keepStdoutForAnswers } from '../show/print.ts'
import { tell } from '../show/tell.ts'
import type { Witness } from '../supervise/witness.ts'
import { BAD_INPUT, main } from './main.ts'

/** Runs one command line on this process's streams; returns the exit code when all output is written. */
export async function run(args: readonly string[], witness?: Witness): Promise<number> {
  const faults: NodeJS.ErrnoException[] = []
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `octet list | head` closes the pipe early, which is no fault.
    if (error.code !== 'EPIPE') faults.push(error)
  })
  keepStdoutForAnswers()
  const code = await main(args, witness)
  await flush()
  const [fault] = faults
  if (fault === undefined) return code
  tell(`the answer cannot be written to standard output: ${fault.message}. ${mendFor(fault.code)}`)
  return BAD_INPUT
}
