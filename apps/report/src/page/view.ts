import type { Run } from '@octet/results'
import type { Child } from '../dom/element.ts'
import type { Address } from './address.ts'

/** The content of a view: one run with the reader's choices, and all runs on the page, including that run. */
export interface Shown {
  readonly run: Run
  readonly runs: readonly Run[]
  readonly address: Address
}

/** One view of the report. The page shows one view at a time. */
export interface View {
  readonly id: string
  readonly title: string
  /** Whether the view has its own heading, whose id is the view's id followed by `-title`. */
  readonly headed?: boolean
  /**
   * The choices that hide rows. A link that sets one of them sets all of them, so that it leads to the rows that it
   * names.
   */
  readonly filters?: readonly string[]
  readonly applies: (run: Run) => boolean
  /** The view opens at its element with LANDING, if it has one, and else at its top. */
  readonly render: (shown: Shown) => Child
}

/** The attribute of the element in a view that an address leads to. */
export const LANDING = 'data-landing'
