import type { Node } from '../../ops/list.ts'
import type { Graph } from '../graph.ts'
import { countUses } from '../reads.ts'

/** A constant times a product of tensors. */
export interface Product {
  readonly constant: number
  readonly factors: readonly string[]
}

/**
 * The depth of nested products that is followed. Written-out functions are not deeper, and a limit bounds the cost of
 * long chains.
 */
const DEEPEST = 4

/** Reads the ops of a graph as formulas. A formula contains only tensors with one reader. */
export class Matcher {
  readonly #graph: Graph
  readonly #uses: ReadonlyMap<string, number>
  readonly #producers: ReadonlyMap<string, Node>

  constructor(graph: Graph) {
    this.#graph = graph
    this.#uses = countUses(graph)
    this.#producers = new Map(graph.nodes.map((node) => [node.output, node]))
  }

  /** The value of a constant that is one number. */
  number(name: string): number | undefined {
    const data = this.#graph.initializers.get(name)?.data
    return data?.length === 1 ? data[0] : undefined
  }

  /** The node that makes a tensor, if it has this op and the tensor has one reader. */
  inner<Op extends Node['op']>(name: string, op: Op): Extract<Node, { readonly op: Op }> | undefined {
    const node = this.#uses.get(name) === 1 ? this.#producers.get(name) : undefined
    return node?.op === op ? (node as Extract<Node, { readonly op: Op }>) : undefined
  }

  /**
   * A tensor as a product, including quotients by a number and whole powers. Any other tensor is its own only factor.
   */
  product(name: string, depth = 0): Product {
    const value = this.number(name)
    if (value !== undefined) return { constant: value, factors: [] }
    const node = this.#uses.get(name) === 1 && depth < DEEPEST ? this.#producers.get(name) : undefined
    return (node && this.productOf(node, depth)) ?? { constant: 1, factors: [name] }
  }

  /** The output of a node as a product; undefined if it is not a product. */
  productOf(node: Node, depth = 0): Product | undefined {
    const [a, b] = node.inputs
    const by = b === undefined ? undefined : this.number(b)
    switch (node.op) {
      case 'Mul': {
        const [left, right] = [this.product(a, depth + 1), this.product(b, depth + 1)]
        return {
          constant: left.constant * right.constant,
          factors: [...left.factors, ...right.factors],
        }
      }
      case 'Div': {
        if (by === undefined) return undefined
        const { constant, factors } = this.product(a, depth + 1)
        return { constant: constant / by, factors }
      }
      case 'Pow':
        return by === undefined ? undefined : power(a, by)
      case 'Power':
        return power(a, node.attributes.exponent)
      default:
        return undefined
    }
  }

  /** The tensor to which a number is added, with one reader of the sum; undefined if the tensor is not such a sum. */
  plus(name: string, addend: number): string | undefined {
    const inputs = this.inner(name, 'Add')?.inputs
    const at = inputs?.findIndex((input) => this.number(input) === addend)
    return at === undefined || at < 0 ? undefined : inputs![1 - at]
  }
}

function power(base: string, exponent: number): Product | undefined {
  const isSmall = exponent === 2 || exponent === 3
  return isSmall ? { constant: 1, factors: Array.from({ length: exponent }, () => base) } : undefined
}

/** Whether a constant in a file means this number. Exporters round it to float32, or write its first digits. */
export function isNear(constant: number, wanted: number): boolean {
  return Math.abs(constant - wanted) <= 1e-6 * Math.abs(wanted)
}

/** The two orders of the factors in a product of two. */
export function orders({ factors }: Product): readonly (readonly [string, string])[] {
  const [a, b] = factors
  return factors.length === 2
    ? [
        [a, b],
        [b, a],
      ]
    : []
}

/** Whether the product has `count` factors and all of them are one tensor. */
export function areAll({ factors }: Product, count: number, tensor: string): boolean {
  return factors.length === count && factors.every((factor) => factor === tensor)
}
