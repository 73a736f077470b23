#!/usr/bin/env node
import { exit } from './process/exit.ts'
import { loaded } from './process/loaded.ts'

const args = process.argv.slice(2)
// A kernel package may end a sweep's process, or block it: another one looks on. Each loads what it needs alone.
const command =
  args[0] === 'bench'
    ? (await loaded(() => import('./supervise/supervise.ts'))).supervise
    : (await loaded(() => import('./command/run.ts'))).run
exit(await command(args))
