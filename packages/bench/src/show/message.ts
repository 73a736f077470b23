import { inspect } from 'node:util'
import { OctetError } from '@octet/core'

/**
 * The message of any thrown value, and its remedy if that is known. The message is never empty, because foreign code
 * may throw any value and a reason must have a text.
 */
export function messageOf(error: unknown): string {
  if (error instanceof OctetError && error.mend !== undefined) return `${error.message}: ${error.mend}`
  try {
    const message: unknown = error instanceof Error ? error.message : error
    const words =
      typeof message === 'string' ? message : inspect(message, { depth: 1, breakLength: Infinity })
    return words.trim() === '' ? `${nameOf(error)} without a message` : words
  } catch {
    return 'the code threw a value that cannot be read'
  }
}

/** The same message, cut to its first line. */
export function oneLine(error: unknown): string {
  return messageOf(error).trim().split('\n', 1)[0]
}

function nameOf(error: unknown): string {
  return error instanceof Error && error.name.trim() !== '' ? error.name : 'a fault'
}
