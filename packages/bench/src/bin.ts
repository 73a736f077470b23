#!/usr/bin/env node
import { main } from './command/main.ts'
import { flush, keepStdoutForAnswers } from './show/print.ts'

// `octet list | head` closes the pipe early, which is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
keepStdoutForAnswers()
const code = await main(process.argv.slice(2))
// GPU bindings may hang or crash if they are collected at the end of the process: leave at once, but with all output written.
await flush()
process.exit(code)
