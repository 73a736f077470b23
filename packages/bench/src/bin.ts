#!/usr/bin/env node
import { main } from './command/main.ts'

// `octet list | head` closes the pipe early, which is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
const code = await main(process.argv.slice(2))
// GPU bindings may hang or crash if they are collected at the end of the process: leave at once, but with all output written.
for (const stream of [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write('', resolve))
process.exit(code)
