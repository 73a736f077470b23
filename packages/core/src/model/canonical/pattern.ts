import type { Node } from '../../ops/list.ts'
import type { UnaryNode } from '../../ops/unary/unary.ts'
import type { Matcher } from './matcher.ts'

/** A function of one number, of a tensor. */
type Found = { [N in UnaryNode as N['op']]: Pick<N, 'op' | 'attributes'> }[UnaryNode['op']] & {
  readonly input: string
}

/** Tells whether a node is the last one of a function that is written out in several. */
export type Pattern = (node: Node, matcher: Matcher) => Found | undefined
