import type { Host } from '@octet/core'
import type { Reporter } from '../show/reporter.ts'

/**
 * This process in the form that kernel packages see, with the requested adapter. The reporter prints their warnings.
 */
export function hostOf(reporter: Reporter, adapter = 'auto'): Host {
  return { runtime: 'node', adapter, warn: (text) => reporter.warn(text) }
}
