import type { Conformance } from '../judge.ts'
import type { Component } from '../kinds.ts'

/** The task of a child process. */
export interface Task {
  /** The adapter's id. */
  readonly adapter: string
  readonly component: Component
}

/** The messages of the child, in order. */
export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'enter'; readonly what: string }
  | { readonly kind: 'warn'; readonly text: string }
  | { readonly kind: 'judged'; readonly conformance: Conformance }
  | { readonly kind: 'unavailable'; readonly reason: string }
