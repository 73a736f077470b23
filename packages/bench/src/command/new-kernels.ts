import { Command } from 'commander'
import { DONE } from '../process/exit.ts'
import { type NewKernels, scaffoldKernels } from '../scaffold/kernels.ts'
import { type Place, placeHere } from '../scaffold/place.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet new-kernels`. */
export function newKernelsCommand(invocation: Invocation): Command {
  return new Command('new-kernels')
    .description('Write a kernel package with one op, which builds and passes its conformance cases.')
    .argument(
      '<name>',
      'its id; the package is packages/kernels-NAME in a checkout, or kernels-NAME beside the ' +
        'package.json of a project',
    )
    .addOption(jsonOption())
    .action(
      invocation.action((name: string, { json }: { json?: string }) => {
        const place = placeHere()
        const made = scaffoldKernels(place, name)
        answer(invocation, json, made, inWords(made, place))
        return DONE
      }),
    )
}

function inWords({ folder, files, next }: NewKernels, { kind }: Place): string {
  const width = Math.max(...next.map(({ command }) => command.length))
  return [
    `${folder}: Gemm in fp32 and int8 on host arrays, ${files.length} files. Next, in the ${kind}'s root:`,
    ...next.map(({ command, does }) => `  ${command.padEnd(width)}  # ${does}`),
    `Then write more ops in ${folder}/src: docs/adding-kernels.md says how.`,
  ].join('\n')
}
