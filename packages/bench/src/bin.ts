#!/usr/bin/env node
import { exit } from './process/exit.ts'
import { loaded } from './process/loaded.ts'

const args = process.argv.slice(2)
// A kernel package may end or block the process of a sweep, so a second process watches it. Each loads only the modules
// that it needs.
const command =
  args[0] === 'bench'
    ? (await loaded(() => import('./supervise/supervise.ts'))).supervise
    : (await loaded(() => import('./command/run.ts'))).run
exit(await command(args))
