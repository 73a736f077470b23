import type { Work } from './witness.ts'

/** The messages of a supervised process, in order. */
export type Report =
  | { readonly kind: 'kept-in'; readonly folder: string }
  | { readonly kind: 'enter'; readonly work: Work }
  | { readonly kind: 'alive' }
  | { readonly kind: 'leave' }
  /**
   * The process ends early. `by` is the package whose code is on the stack. `own` means that the stack has only Octet's
   * code.
   */
  | { readonly kind: 'fall'; readonly how: string; readonly by?: string; readonly own?: boolean }
  | { readonly kind: 'done'; readonly code: number }
