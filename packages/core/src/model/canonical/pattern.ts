import type { Node } from '../../ops/list.ts'
import type { UnaryNode } from '../../ops/unary/unary.ts'
import type { Matcher } from './matcher.ts'

/** A function of one number, applied to a tensor. */
type Found = { [N in UnaryNode as N['op']]: Pick<N, 'op' | 'attributes'> }[UnaryNode['op']] & {
  readonly input: string
}

/** Recognizes the last node of a function that is written out in several nodes. */
export type Pattern = (node: Node, matcher: Matcher) => Found | undefined
