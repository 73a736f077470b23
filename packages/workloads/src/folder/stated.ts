import type { TaskId } from '@octet/core'
import type { ModelChoice } from './model.ts'
import type { Normalization } from './normalize.ts'

/** Fields of a manifest that a command line gives. */
export interface Stated extends ModelChoice {
  readonly name?: string
  readonly normalize?: Normalization
  readonly classes?: readonly string[]
  readonly task?: TaskId
  readonly threshold?: number
}
