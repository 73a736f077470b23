import { flush, keepStdoutForAnswers } from '../show/print.ts'
import type { Witness } from '../supervise/witness.ts'
import { main } from './main.ts'

/** Runs one command line on this process's streams; returns the exit code when all output is written. */
export async function run(args: readonly string[], witness?: Witness): Promise<number> {
  // `octet list | head` closes the pipe early, which is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  keepStdoutForAnswers()
  const code = await main(args, witness)
  await flush()
  return code
}
