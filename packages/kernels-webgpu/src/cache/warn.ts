import type { Host } from '@octet/core'

/** Receives a notice for the user. The host provides it. */
export type Warn = NonNullable<Host['warn']>

/** For a host that reads no notices. */
export const UNHEARD: Warn = () => {}
