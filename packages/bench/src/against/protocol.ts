import type { KernelPrecision, OpSpec } from '@octet/core'
import type { Suite } from '../kernels/problem.ts'
import type { SweepOptions } from '../sweep/options.ts'

/**
 * The version of the messages between two builds: the parent is of one commit, and the child may be of an earlier
 * commit. The version grows when a field of a request or an answer changes its meaning or is removed.
 */
export const PROTOCOL = 2

/** Kernels to time, as the flags of `octet kernels` name them. */
export interface KernelChoice {
  readonly suite?: Suite
  readonly op?: readonly OpSpec['op'][]
  readonly precision: readonly KernelPrecision[]
  readonly shape?: string
  readonly kernels?: readonly string[]
  readonly adapter: string
}

/** The subject of a comparison of two builds: the programs of a sweep, or separate kernels. */
export type Subject =
  | { readonly kind: 'programs'; readonly options: SweepOptions }
  | { readonly kind: 'kernels'; readonly choice: KernelChoice }

/** A program or a kernel that a build can time. */
export interface Entrant {
  /** Its name in both builds. */
  readonly key: string
  /** `package/adapter`. */
  readonly device: string
  /** Entrants of one build and device that have the same work are timed once. */
  readonly work: string
}

/** A request of the parent to a build. */
export type Request =
  | { readonly ask: 'open'; readonly protocol: number; readonly subject: Subject }
  | { readonly ask: 'load'; readonly key: string }
  | { readonly ask: 'warm-up'; readonly key: string; readonly regionNs: number }
  | { readonly ask: 'turn'; readonly key: string }
  | { readonly ask: 'free'; readonly key: string }

/** The answer to each request. */
export interface Answers {
  readonly open: {
    readonly entrants: readonly Entrant[]
    /** The parts of the subject that the build leaves out, each with the reason. */
    readonly left: readonly string[]
  }
  readonly load: null
  /** The time of a turn in ns, after the work is warm. */
  readonly 'warm-up': { readonly turnNs: number }
  /** The least time of a turn's repetitions, in ns. */
  readonly turn: { readonly ns: number }
  readonly free: null
}
