import { Command } from 'commander'
import { workspaceRoot } from '../discover/workspace.ts'
import { DONE } from '../process/exit.ts'
import { type NewKernels, scaffoldKernels } from '../scaffold/kernels.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet new-kernels`. */
export function newKernelsCommand(invocation: Invocation): Command {
  return new Command('new-kernels')
    .description('Write a kernel package with one op, which builds and passes its conformance cases.')
    .argument('<name>', 'its id; the package is packages/kernels-NAME')
    .addOption(jsonOption())
    .action(
      invocation.action((name: string, { json }: { json?: string }) => {
        const made = scaffoldKernels(workspaceRoot(), name)
        answer(invocation, json, made, inWords(made))
        return DONE
      }),
    )
}

function inWords({ id, folder, files }: NewKernels): string {
  const steps = [
    [`octet kernels --kernels ${id}`, 'installs, builds, shows conformance, times'],
    [`bench --quick --kernels ${id}`, 'a sweep: ops that it lacks run on the reference, by name'],
    ['test', 'lint, types and tests, including the tests of the package'],
  ].map(([command, comment]) => [`npx -y pnpm@12.21.0 ${command}`, comment])
  const width = Math.max(...steps.map(([command]) => command.length))
  return [
    `${folder}: Gemm in fp32 and int8 on host arrays, ${files.length} files. Next, in the workspace's root:`,
    ...steps.map(([command, comment]) => `  ${command.padEnd(width)}  # ${comment}`),
    `Then write more ops in ${folder}/src: docs/adding-kernels.md says how.`,
  ].join('\n')
}
