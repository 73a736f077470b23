#!/usr/bin/env node
const args = process.argv.slice(2)
// A kernel package may end a sweep's process, or block it: another one looks on. Each loads what it needs alone.
const code =
  args[0] === 'bench'
    ? await (await import('./supervise/supervise.ts')).supervise(args)
    : await (await import('./command/run.ts')).run(args)
// GPU bindings may hang or crash if they are collected at the end of the process: leave at once.
process.exit(code)
