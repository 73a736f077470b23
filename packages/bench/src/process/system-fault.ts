import { OctetError } from '@octet/core'
import { mendFor } from '@octet/workloads'

/**
 * A fault of the system in one line, e.g. a file that cannot be opened or a process that cannot be started. Undefined
 * for any other error.
 */
export function systemFault(error: unknown): OctetError | undefined {
  if (!(error instanceof Error) || !('syscall' in error && 'code' in error)) return undefined
  return new OctetError(error.message, mendFor(String(error.code)))
}
