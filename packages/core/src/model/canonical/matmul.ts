import { bracketed, fail } from '../../ops/message.ts'
import { sidesOf, type MatMulNode } from '../../ops/matmul.ts'
import type { Node } from '../../ops/list.ts'
import { elements, sameShape, tensor, type Shape, type Tensor } from '../../tensor/tensor.ts'
import type { Graph } from '../graph.ts'
import { onlyReaders } from '../reads.ts'
import { transpose } from './gemm.ts'
import { replaceNodes, type Replacer } from './replacer.ts'

const OPS: ReadonlySet<Node['op']> = new Set(['MatMul', 'Add', 'Sub', 'Mul', 'Div', 'Relu', 'Clip'])

/**
 * The graph with each MatMul as a product of [M,K] by [K,N], or of [B,M,K] by [B,K,N], between Reshapes:
 * - if the right operand has no batch, the rows of the left operand become rows of one matrix. Following ops that map
 *   each column separately, by constants, then read these rows, so that a Gemm can absorb them;
 * - if the left operand has no batch, both operands are transposed and change places;
 * - if a constant has the leading sizes of a sample, the rows of all samples lie side by side;
 * - otherwise, the operand with fewer leading sizes is repeated.
 */
export function productsOfMatrices(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'MatMul')) return graph
  const readerOf = onlyReaders(graph)
  const taken = new Set<Node>()
  return replaceNodes(graph, OPS, (node, replacer) => {
    if (taken.has(node)) return true
    if (node.op !== 'MatMul') return false
    const [a, b] = node.inputs.map((name) => replacer.shapeOf(name))
    const computed = node.inputs.every((name) => replacer.constantOf(name) === undefined)
    if (a.length === 2 && b.length === 2) return false
    if (a.length === 3 && b.length === 3 && a[0] === b[0] && computed) return false
    for (const one of new Product(node, replacer, readerOf).multiply()) taken.add(one)
    return true
  })
}

/** The leading sizes, all but two. A vector has none. */
const batchOf = (shape: Shape): Shape => shape.slice(0, -2)

/** The leading sizes of a constant behind the sample axis, whose size must be 1 if it is there. */
const headsOf = (shape: Shape): Shape =>
  shape.length > 3 && shape[0] === 1 ? shape.slice(1, -2) : batchOf(shape)

/** Transposes each matrix of a constant, which is its last two axes. */
function turnedMatrices({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const [rows, columns] = shape.slice(-2)
  const size = rows * columns
  const turned = tensor('float32', [...batchOf(shape), columns, rows])
  for (let at = 0; at < data.length; at += size)
    turned.data.set(transpose(tensor('float32', [rows, columns], data.subarray(at, at + size))).data, at)
  return turned
}

/** Rewrites one MatMul as products of matrices. */
class Product {
  readonly #node: MatMulNode
  readonly #replacer: Replacer
  readonly #readerOf: (name: string) => Node | undefined

  constructor(node: MatMulNode, replacer: Replacer, readerOf: (name: string) => Node | undefined) {
    this.#node = node
    this.#replacer = replacer
    this.#readerOf = readerOf
  }

  /** Adds the nodes. Returns the following nodes that were added with them. */
  multiply(): readonly Node[] {
    const [left, right] = this.#node.inputs
    const [a, b] = [left, right].map((name) => this.#replacer.shapeOf(name))
    const { batch, rows, inner, columns } = sidesOf(this.#node, [a, b])
    const [m, n] = [rows[0] ?? 1, columns[0] ?? 1]
    if (elements(batchOf(b)) === 1) {
      const matrix = this.#reshape('right', right, [inner, n])
      return this.#finish(this.#product(this.#reshape('rows', left, [-1, inner]), matrix), n)
    }
    if (elements(batchOf(a)) === 1) {
      // W x = (x' W')'.
      const matrix = this.#turn('left', this.#reshape('left', left, [m, inner]), [1, 0])
      const turned = this.#turn('right', this.#reshape('right', right, [-1, inner, n]), [0, 2, 1])
      const made = this.#product(this.#reshape('rows', turned, [-1, inner]), matrix)
      return this.#finish(this.#turn('product', this.#reshape('products', made, [-1, n, m]), [0, 2, 1]))
    }
    const heads = batch.slice(1)
    const count = elements(heads)
    /** Stacks the matrices of one side. If `each` gives their number in a sample, the samples stay separate. */
    const stack = (side: 'left' | 'right', each: readonly number[] = []): string => {
      const [name, shape, matrix] = side === 'left' ? [left, a, [m, inner]] : [right, b, [inner, n]]
      const whole = this.#repeat(side, name, shape, [...batch, ...matrix])
      return this.#reshape(side, whole, [-1, ...each, ...matrix])
    }
    const finish = (product: string, shape: Shape, perm: readonly number[]): readonly Node[] =>
      this.#finish(this.#turn('product', this.#reshape('products', product, shape), perm))
    // With a constant matrix for each head, heads come first and the samples of a head lie side by side.
    if (this.#isConstant(right) && sameShape(headsOf(b), heads)) {
      const factor = this.#reshape('right', right, [count, inner, n])
      const turned = this.#turn('left', stack('left', [count]), [1, 0, 2, 3])
      const made = this.#product(this.#reshape('rows', turned, [count, -1, inner]), factor)
      return finish(made, [count, -1, m, n], [1, 0, 2, 3])
    }
    if (this.#isConstant(left) && sameShape(headsOf(a), heads)) {
      const factor = this.#reshape('left', left, [count, m, inner])
      const turned = this.#turn('right', stack('right', [count]), [1, 2, 0, 3])
      const made = this.#product(factor, this.#reshape('columns', turned, [count, inner, -1]))
      return finish(made, [count, m, -1, n], [2, 0, 1, 3])
    }
    return this.#finish(this.#product(stack('left'), stack('right')))
  }

  #isConstant(name: string): boolean {
    return this.#replacer.constantOf(name) !== undefined
  }

  #product(left: string, right: string): string {
    return this.#replacer.add(this.#node, '', { op: 'MatMul', inputs: [left, right], attributes: null })
  }

  #reshape(part: string, input: string, shape: Shape): string {
    return this.#replacer.reshape(this.#node, part, input, shape)
  }

  #turn(part: string, input: string, perm: readonly number[]): string {
    const held = this.#replacer.constantOf(input)
    if (held !== undefined) return this.#replacer.constant(`${this.#node.name}.${part}`, turnedMatrices(held))
    const made = { op: 'Transpose', inputs: [input], attributes: { perm } } as const
    return this.#replacer.add(this.#node, `${part}.turned`, made)
  }

  /** A tensor repeated along its leading sizes. */
  #repeat(part: string, input: string, from: Shape, shape: Shape): string {
    if (sameShape(from, shape)) return input
    if (this.#isConstant(input))
      fail(
        this.#node,
        `its constant ${bracketed(from)} would be repeated to ${bracketed(shape)}`,
        'give the constant the leading sizes of a sample, or none',
      )
    // A size of 1 keeps the tensor's own size, so any number of samples fits.
    const samples = from.length === shape.length && from[0] === shape[0] ? 1 : shape[0]
    const attributes = { shape: [samples, ...shape.slice(1)] }
    const made = { op: 'Expand', inputs: [input], attributes } as const
    return this.#replacer.add(this.#node, `${part}.repeated`, made)
  }

  /** Brings the product to the shape of the node's output, after the following ops that map each column separately. */
  #finish(product: string, columns?: number): readonly Node[] {
    const way: Node[] = []
    let made = product
    let last: Node = this.#node
    for (;;) {
      const next: Node | undefined = columns === undefined ? undefined : this.#readerOf(last.output)
      const inputs = next && this.#byColumn(next, last.output, made, columns!)
      if (next === undefined || inputs === undefined) break
      made = this.#replacer.add(next, '', { ...next, inputs })
      way.push(next)
      last = next
    }
    const [rows, ...sizes] = this.#replacer.shapeOf(last.output)
    const shape = rows === undefined ? [] : [-1, ...sizes]
    this.#replacer.reshape(this.#node, 'back', made, shape, last.output)
    return way
  }

  /**
   * The inputs, with `rows` for `input`, of a node that maps each column of `input` separately; undefined for other
   * nodes.
   */
  #byColumn(node: Node, input: string, rows: string, columns: number): readonly string[] | undefined {
    if (node.op === 'Relu' || node.op === 'Clip') return [rows]
    const isEither = node.op === 'Add' || node.op === 'Mul'
    const isQuotient = (node.op === 'Sub' || node.op === 'Div') && node.inputs[0] === input
    if (!(isEither || isQuotient) || node.inputs[0] === node.inputs[1]) return undefined
    const other = node.inputs.find((name) => name !== input)!
    const held = this.#replacer.constantOf(other)
    const { length } = this.#replacer.shapeOf(input)
    const fits =
      held !== undefined &&
      held.shape.length <= length &&
      (held.data.length === 1 || (held.data.length === columns && held.shape.at(-1) === columns))
    if (!fits) return undefined
    return [rows, this.#replacer.reshape(node, 'row', other, [held.data.length])]
  }
}
