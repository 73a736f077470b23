// Runs a program of others in a child process that ends with its parent: command and arguments are this module's own.
// All that the program writes goes to this process's stderr, as compilers name their errors on stdout.
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
