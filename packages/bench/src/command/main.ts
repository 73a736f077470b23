import { OctetError } from '@octet/core'
import { Command, CommanderError } from 'commander'
import { print } from '../show/print.ts'
import { systemFault } from '../process/system-fault.ts'
import { tell } from '../show/tell.ts'
import { UNWATCHED, type Witness } from '../supervise/witness.ts'
import { benchCommand } from './bench.ts'
import { compareCommand } from './compare.ts'
import { doctorCommand } from './doctor.ts'
import { kernelsCommand } from './kernels.ts'
import { listCommand } from './list.ts'
import { mergeCommand } from './merge.ts'
import { modelsCommand } from './models.ts'
import { newKernelsCommand } from './new-kernels.ts'
import { planCommand } from './plan.ts'
import { recommendCommand } from './recommend.ts'
import { reportCommand } from './report.ts'
import { trainCommand } from './train.ts'

/** Everything went as asked. */
const DONE = 0
/** A cell failed, a check did not hold, or octet itself is at fault. */
const FAILED = 1
/** The command line or the data is at fault. */
export const BAD_INPUT = 2

/**
 * Runs one command line; returns the exit code. The witness hears where a sweep is. Faults the user can mend end in
 * one line on stderr.
 */
export async function main(args: readonly string[], witness: Witness = UNWATCHED): Promise<number> {
  try {
    await program(witness).parseAsync(args, { from: 'user' })
    return process.exitCode === undefined ? DONE : FAILED
  } catch (error) {
    return explain(error)
  }
}

function program(witness: Witness): Command {
  const octet = new Command('octet')
    .description('Measures what quantization does to a model on the hardware it will run on.')
    .helpCommand(false)
    .showSuggestionAfterError(true)
  for (const verb of [
    benchCommand(witness),
    kernelsCommand(),
    modelsCommand(),
    trainCommand(),
    planCommand(),
    compareCommand(),
    mergeCommand(),
    recommendCommand(),
    reportCommand(),
    listCommand(),
    doctorCommand(),
    newKernelsCommand(),
  ])
    octet.addCommand(verb)
  for (const command of [octet, ...octet.commands])
    command.exitOverride().configureOutput({ writeOut: print, outputError: () => {} })
  return octet
}

function explain(thrown: unknown): number {
  const error = systemFault(thrown) ?? thrown
  if (error instanceof OctetError) {
    tell(error.mend === undefined ? error.message : `${error.message}. ${error.mend}`)
    return BAD_INPUT
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return DONE
    if (error.code === 'commander.help') return BAD_INPUT
    tell(
      `${error.message.replace(/^error: /, '')}. octet --help lists the verbs, octet VERB --help their flags`,
    )
    return BAD_INPUT
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const [first, ...frames] = trace.split('\n')
  tell(`internal fault, please report it: ${first}`)
  for (const frame of frames) tell(frame)
  return FAILED
}
