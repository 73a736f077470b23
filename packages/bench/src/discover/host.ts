import type { Host } from '@octet/core'
import type { Reporter } from '../show/reporter.ts'

/** This process as kernel packages see it, with the wanted adapter. The reporter prints their warnings. */
export function hostOf(reporter: Reporter, adapter = 'auto'): Host {
  return { runtime: 'node', adapter, warn: (text) => reporter.warn(text) }
}
