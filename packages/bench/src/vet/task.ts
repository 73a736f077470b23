import type { DeviceInfo, Host, OpSpec, Precision } from '@octet/core'
import type { CaseResult } from '@octet/core/conformance'

/** The task of a child process. */
export interface TrialRequest {
  /** URL of the module whose default export is the kernel package. */
  readonly entry: string
  readonly host: Omit<Host, 'warn'>
  /** Ids of the packages to open. Others are only imported. Default: all. */
  readonly wanted?: readonly string[]
  /** Further calls besides `open`. */
  readonly asks?: readonly ('adapters' | 'diagnose')[]
  /** Names of conformance cases, in the kit's order. */
  readonly cases: readonly string[]
}

/** A conformance case that a package is running. */
export interface CaseStage {
  readonly case: string
  readonly op: OpSpec['op']
  readonly precision: Precision
}

/** The stages in which code of a package runs. */
export type Stage = 'import' | 'adapters()' | 'diagnose()' | 'open()' | 'dispose()' | CaseStage

/**
 * The messages of the child, in order. A stage lasts from `enter` to the next message that is no beat and no notice.
 */
export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'enter'; readonly stage: Stage }
  | { readonly kind: 'imported'; readonly id: string }
  | { readonly kind: 'device'; readonly info: DeviceInfo }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'judged'; readonly result: CaseResult }
  /** The package cannot be used at all. */
  | { readonly kind: 'broken'; readonly what: string }
  /** A notice of the package. The stage continues. */
  | { readonly kind: 'warn'; readonly text: string }
  /** A sign of life. Synchronous code prevents it. */
  | { readonly kind: 'beat' }
  | { readonly kind: 'done' }
