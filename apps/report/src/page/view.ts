import type { Run } from '@octet/results'
import type { Child } from '../dom/element.ts'
import type { Address } from './address.ts'

/** What a view shows: one run, by the reader's choices; and all runs on the page, that one among them. */
export interface Shown {
  readonly run: Run
  readonly runs: readonly Run[]
  readonly address: Address
}

/** One view of the report, and the only one on the page while it is shown. */
export interface View {
  readonly id: string
  readonly title: string
  /** Whether it brings a heading of its own, whose id is the view's with `-title` behind it. */
  readonly headed?: boolean
  /** The choices that leave rows out. A link that makes one of them makes all, so that it leads to what it says. */
  readonly filters?: readonly string[]
  readonly applies: (run: Run) => boolean
  /** The one element with LANDING, where there is one, is where the view is entered; else its top. */
  readonly render: (shown: Shown) => Child
}

/** The attribute of the element that an address leads to within its view. */
export const LANDING = 'data-landing'
