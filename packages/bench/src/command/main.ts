import { OctetError } from '@octet/core'
import { Command, CommanderError } from 'commander'
import { BAD_INPUT, DONE, FAILED } from '../process/exit.ts'
import { systemFault } from '../process/system-fault.ts'
import { VERSION } from '../quantize/provenance.ts'
import { quietened, type Reporter } from '../show/reporter.ts'
import { benchCommand } from './bench.ts'
import { calibrateCommand } from './calibrate.ts'
import { compareCommand } from './compare.ts'
import { configure } from './configure.ts'
import { describeOption } from './describe-option.ts'
import { doctorCommand } from './doctor.ts'
import { initCommand } from './init.ts'
import { kernelsCommand } from './kernels.ts'
import { listCommand } from './list.ts'
import { mergeCommand } from './merge.ts'
import { modelsCommand } from './models.ts'
import { newKernelsCommand } from './new-kernels.ts'
import { planCommand } from './plan.ts'
import { quantizeCommand } from './quantize.ts'
import { recommendCommand } from './recommend.ts'
import { reportCommand } from './report.ts'
import { type Invocation, processSession, type Session } from './session.ts'
import { trainCommand } from './train.ts'
import { verifyCommand } from './verify.ts'

/** Runs one command line. Returns the exit code. A fault that the user can fix ends in one line of the reporter. */
export async function main(args: readonly string[], session: Session = processSession()): Promise<number> {
  let code = DONE
  const invocation = {
    ...session,
    action:
      (run) =>
      async (...args) => {
        code = await run(...args)
      },
  } satisfies Invocation
  try {
    const octet = program(invocation)
    octet.hook('preAction', (_, verb) => {
      if (verb.opts<{ quiet?: true }>().quiet) invocation.reporter = quietened(session.reporter)
      return configure(verb, invocation.reporter)
    })
    await octet.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return explain(error, session.reporter)
  }
}

function program(invocation: Invocation): Command {
  const octet = new Command('octet')
    .description(
      'Measures the effect of quantization on a model, on the hardware that the model will run on.',
    )
    .version(`octet ${VERSION}`, '--version', 'print the version')
    .helpCommand('help [verb]', 'print the flags of a verb, with their values and defaults')
    .showSuggestionAfterError(true)
  for (const verb of [
    benchCommand(invocation),
    kernelsCommand(invocation),
    modelsCommand(invocation),
    trainCommand(invocation),
    calibrateCommand(invocation),
    planCommand(invocation),
    quantizeCommand(invocation),
    verifyCommand(invocation),
    compareCommand(invocation),
    mergeCommand(invocation),
    recommendCommand(invocation),
    reportCommand(invocation),
    listCommand(invocation),
    doctorCommand(invocation),
    initCommand(invocation),
    newKernelsCommand(invocation),
  ])
    octet.addCommand(verb.option('--quiet', 'print no progress: only answers, warnings and faults'))
  for (const command of [octet, ...octet.commands])
    command
      .exitOverride()
      .configureOutput({ writeOut: invocation.print, outputError: () => {} })
      .configureHelp({ optionDescription: describeOption })
  return octet
}

function explain(thrown: unknown, reporter: Reporter): number {
  const error = systemFault(thrown) ?? thrown
  if (error instanceof OctetError) {
    reporter.log(error.mend === undefined ? error.message : `${error.message}. ${error.mend}`)
    return BAD_INPUT
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return DONE
    if (error.code === 'commander.help') return BAD_INPUT
    reporter.log(
      `${error.message.replace(/^error: /, '')}. octet --help lists the verbs, octet VERB --help their flags`,
    )
    return BAD_INPUT
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const [first, ...frames] = trace.split('\n')
  reporter.log(`internal fault, please report it: ${first}`)
  for (const frame of frames) reporter.log(frame)
  return FAILED
}
