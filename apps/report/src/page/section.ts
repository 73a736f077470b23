import type { Run } from '@octet/results'
import type { Child } from '../dom/element.ts'
import type { Address } from './address.ts'

/** One part of the report: what it is called, whether a run has anything for it, and its content. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly applies: (run: Run) => boolean
  readonly render: (run: Run, address: Address) => Child
}
