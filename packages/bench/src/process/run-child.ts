// Runs another program in a child process that ends with its parent. The command and its arguments are this module's
// own arguments. All output of the program goes to this process's stderr, because compilers print errors to stdout.
import { spawn } from 'node:child_process'
import { endWithParent } from './end-with-parent.ts'
import { exit, FAILED } from './exit.ts'

await endWithParent()
const STDERR = 2
const [command, ...args] = process.argv.slice(2)
const program = spawn(command, args, {
  stdio: ['ignore', STDERR, STDERR],
  shell: process.platform === 'win32',
})
program.once('error', ({ message }) => {
  process.stderr.write(`${command} does not start (${message})\n`, () => exit(FAILED))
})
program.once('exit', (code) => exit(code ?? FAILED))
