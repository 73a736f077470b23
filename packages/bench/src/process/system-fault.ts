import { OctetError } from '@octet/core'
import { mendFor } from '@octet/workloads'

/**
 * A fault of the system (a file that cannot be opened, a process that cannot be started) in one line; undefined for
 * any other.
 */
export function systemFault(error: unknown): OctetError | undefined {
  if (!(error instanceof Error) || !('syscall' in error && 'code' in error)) return undefined
  return new OctetError(error.message, mendFor(String(error.code)))
}
