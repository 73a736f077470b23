import type { Host } from '@octet/core'

/** Takes a notice for the user, as the host hands it in. */
export type Warn = NonNullable<Host['warn']>

/** For a host that reads no notices. */
export const UNHEARD: Warn = () => {}
