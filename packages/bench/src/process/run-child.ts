// Runs a program of others in a child process that ends with its parent: command and arguments are this module's own.
import { spawn } from 'node:child_process'
import { endWithParent } from './end-with-parent.ts'
import { exit, FAILED } from './exit.ts'

await endWithParent()
const [command, ...args] = process.argv.slice(2)
const program = spawn(command, args, {
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
})
program.once('error', ({ message }) => {
  process.stderr.write(`${command} does not start (${message})\n`, () => exit(FAILED))
})
program.once('exit', (code) => exit(code ?? FAILED))
