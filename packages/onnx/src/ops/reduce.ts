import { elements, NO_PADS, tensor, type Shape } from '@octet/core'
import { LARGEST_WINDOW } from '../import/limits.ts'
import { axesOf, integers, operands, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { Reader } from './op.ts'

/** Applies functions along some axes of a tensor. These axes stay with size 1. */
export class Reduction {
  readonly x: string
  readonly #source: Source
  readonly #chain: Chain
  readonly #shape: Shape
  /** In ascending order. */
  readonly #axes: readonly number[]

  /** @param axes counted from 0 */
  constructor(source: Source, chain: Chain, x: string, axes: readonly number[]) {
    this.x = x
    this.#source = source
    this.#chain = chain
    this.#shape = source.shape(x)
    this.#axes = axes.toSorted((a, b) => a - b)
  }

  mean(part: string, input: string): string {
    return this.#pool(part, input, 'AveragePool')
  }

  max(part: string, input: string): string {
    return this.#pool(part, input, 'MaxPool')
  }

  /** The mean times the number of values. */
  sum(part: string, input: string): string {
    const { count } = this
    const mean = this.mean(`${part}.mean`, input)
    return count === 1
      ? mean
      : this.#chain.add(part, { op: 'Mul', inputs: [mean, this.constant(part, count)], attributes: null })
  }

  /** One number, as a constant. */
  constant(part: string, value: number): string {
    return this.#source.freshConstant(
      `${this.#source.name}.${part}`,
      tensor('float32', [], Float32Array.of(value)),
    )
  }

  /** The tensor without these axes. */
  squeeze(input: string): string {
    return this.#chain.reshape(
      'squeezed',
      input,
      this.#ofSamples(this.#shape.filter((_, at) => !this.#axes.includes(at))),
    )
  }

  /** The number of values that are reduced to one. */
  get count(): number {
    return elements(this.#axes.map((axis) => this.#shape[axis]))
  }

  /**
   * The tensor as [N,K,R,L], with R for the values that are reduced to one. Axes that are not adjacent are moved to the
   * end first.
   */
  joined(input: string, part = 'joined'): string {
    const { samples, before, behind } = this.#sizes()
    return this.#chain.reshape(part, this.#turned(input, part), [samples, before, this.count, behind])
  }

  /** Whether the axes are adjacent. */
  get #areNeighbours(): boolean {
    return this.#axes.every((axis, i) => axis === this.#axes[0] + i)
  }

  get #kept(): number[] {
    return [...this.#shape.keys()].filter((axis) => !this.#axes.includes(axis))
  }

  /** N for a Reshape (0 copies the samples), and K and L of [N,K,R,L]. */
  #sizes(): { readonly samples: number; readonly before: number; readonly behind: number } {
    const [first] = this.#axes
    const samples = first === 0 ? 1 : 0
    const isBehind = (axis: number): boolean => this.#areNeighbours && axis > first
    const sizeOf = (axes: readonly number[]): number => elements(axes.map((axis) => this.#shape[axis]))
    const before = this.#kept.filter((axis) => !isBehind(axis) && (axis > 0 || samples === 1))
    return { samples, before: sizeOf(before), behind: sizeOf(this.#kept.filter(isBehind)) }
  }

  /** The tensor with its axes adjacent. */
  #turned(input: string, part: string): string {
    const perm = [...this.#kept, ...this.#axes]
    return this.#areNeighbours
      ? input
      : this.#chain.add(`${part}.turned`, { op: 'Transpose', inputs: [input], attributes: { perm } })
  }

  /** [N,K,1,L] in the shape of the tensor, with its reduced axes as size 1. */
  apart(part: string, input: string): string {
    return this.#chain.reshape(
      `${part}.apart`,
      input,
      this.#ofSamples(this.#shape.map((size, at) => (this.#axes.includes(at) ? 1 : size))),
    )
  }

  /** Sizes for a Reshape. If the first size counts samples and is not reduced, it is 0, which copies it. */
  #ofSamples(shape: Shape): Shape {
    return this.#axes[0] === 0 ? shape : [0, ...shape.slice(1)]
  }

  /** A pool over the axes, which sees the tensor as images. */
  #pool(part: string, input: string, op: 'AveragePool' | 'MaxPool'): string {
    if (this.count === 1) return input
    const image = this.#shape.length === 4 && this.#axes.every((axis) => axis >= 2)
    if (image && op === 'AveragePool' && this.#axes.length === 2)
      return this.#chain.add(part, { op: 'GlobalAveragePool', inputs: [input], attributes: null })
    const sizeOf = (axis: number): number => (this.#axes.includes(axis) ? this.#shape[axis] : 1)
    if (image) return this.#window(part, input, op, [sizeOf(2), sizeOf(3)])
    const joined = this.joined(input, `${part}.joined`)
    const rows = divisorOf(this.count)
    if (rows === undefined) return this.apart(part, this.#window(part, joined, op, [this.count, 1]))
    // If there are more values than one side of a window may have, they become both sides of a window, or two windows,
    // one after the other.
    const { samples, before, behind } = this.#sizes()
    const columns = this.count / rows
    const folded = this.#chain.reshape(`${part}.folded`, joined, [samples, before, rows, columns * behind])
    if (behind === 1) return this.apart(part, this.#window(part, folded, op, [rows, columns]))
    const inner = this.#window(`${part}.rows`, folded, op, [rows, 1])
    const outer = this.#chain.reshape(`${part}.columns`, inner, [samples, before, columns, behind])
    return this.apart(part, this.#window(part, outer, op, [columns, 1]))
  }

  #window(
    part: string,
    input: string,
    op: 'AveragePool' | 'MaxPool',
    kernel: readonly [number, number],
  ): string {
    const window = { kernel, strides: [1, 1], pads: NO_PADS, dilations: [1, 1], ceilMode: false } as const
    return op === 'MaxPool'
      ? this.#chain.add(part, { op, inputs: [input], attributes: window })
      : this.#chain.add(part, { op, inputs: [input], attributes: { ...window, countIncludePad: false } })
  }
}

/**
 * One side of a window over more values than a side may have. Undefined if one side is enough, or if no divisor fits.
 */
function divisorOf(count: number): number | undefined {
  if (count <= LARGEST_WINDOW) return undefined
  for (let side = Math.floor(Math.sqrt(count)); count / side <= LARGEST_WINDOW; side--)
    if (count % side === 0) return side
  return undefined
}

/** The function of the values along the axes. */
type Reduce = (reduction: Reduction, chain: Chain) => string

/**
 * Axes are an attribute, or an input since opset 13 (ReduceSum) or 18. Without axes, all axes are reduced, unless
 * noop_with_empty_axes says that none is.
 */
function reduce(of: Reduce): Reader {
  return (source) => {
    const { attributes } = source
    const [x, axes] = operands(source, 1, 2)
    const { length: rank } = source.shape(x)
    const keep = attributes.flag('keepdims', true)
    const isNoop = attributes.flag('noop_with_empty_axes', false)
    const given = attributes.ints('axes') ?? (axes ? integers(source, 1, 'axes') : [])
    const all = Array.from({ length: rank }, (_, axis) => axis)
    const chain = new Chain(source)
    const meant = given.length === 0 && !isNoop ? all : axesOf(source, given, rank)
    const reduction = new Reduction(source, chain, x, meant)
    const made = of(reduction, chain)
    const y = keep || meant.length === 0 ? made : reduction.squeeze(made)
    return y === x ? { same: x } : chain.reading()
  }
}

/** Products by halving: one half of the values times the other half, until one value is left. */
function product(r: Reduction, chain: Chain): string {
  let x = r.joined(r.x)
  for (let count = r.count, step = 0; count > 1; count = Math.ceil(count / 2), step++) {
    const half = Math.floor(count / 2)
    const part = (name: string, start: number, end: number): string =>
      chain.add(`${name}.${step}`, {
        op: 'Slice',
        inputs: [x],
        attributes: { axes: [2], starts: [start], ends: [end], steps: [1] },
      })
    const inputs = [part('left', 0, half), part('right', half, 2 * half)]
    const both = chain.add(`product.${step}`, { op: 'Mul', inputs, attributes: null })
    x =
      count % 2 === 0
        ? both
        : chain.add(`joined.${step}`, {
            op: 'Concat',
            inputs: [both, part('rest', count - 1, count)],
            attributes: { axis: 2 },
          })
  }
  return r.apart('product', x)
}

/** The values are shifted by the largest value, so that exp never overflows. */
function logSumExp(r: Reduction, chain: Chain): string {
  const most = r.max('max', r.x)
  const minus = chain.add('minus', { op: 'Neg', inputs: [most], attributes: null })
  const shifted = chain.add('shifted', { op: 'Add', inputs: [r.x, minus], attributes: null })
  const powers = chain.add('powers', { op: 'Exp', inputs: [shifted], attributes: null })
  const log = chain.add('log', { op: 'Log', inputs: [r.sum('sum', powers)], attributes: null })
  return chain.add('back', { op: 'Add', inputs: [log, most], attributes: null })
}

const each = (
  chain: Chain,
  op: 'Abs' | 'Neg' | 'Log' | 'Sqrt',
  x: string,
  part: string = op.toLowerCase(),
): string => chain.add(part, { op, inputs: [x], attributes: null })
const squares = (r: Reduction, chain: Chain): string =>
  chain.add('squares', { op: 'Mul', inputs: [r.x, r.x], attributes: null })

/** The largest value of each channel. */
export const globalMaxPool: Reader = (source) => {
  const [x] = operands(source, 1)
  const { length: rank } = source.shape(x)
  const chain = new Chain(source)
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis + 2)
  const y = new Reduction(source, chain, x, axes)
  return y.max('max', x) === x ? { same: x } : chain.reading()
}

/** The functions along axes, by ONNX's names. */
export const REDUCTIONS: Readonly<Record<string, Reader>> = {
  ReduceMean: reduce((r) => r.mean('mean', r.x)),
  ReduceSum: reduce((r) => r.sum('sum', r.x)),
  ReduceMax: reduce((r) => r.max('max', r.x)),
  ReduceMin: reduce((r, chain) => each(chain, 'Neg', r.max('max', each(chain, 'Neg', r.x, 'minus')))),
  ReduceProd: reduce(product),
  ReduceL1: reduce((r, chain) => r.sum('sum', each(chain, 'Abs', r.x))),
  ReduceL2: reduce((r, chain) => each(chain, 'Sqrt', r.sum('sum', squares(r, chain)))),
  ReduceSumSquare: reduce((r, chain) => r.sum('sum', squares(r, chain))),
  ReduceLogSum: reduce((r, chain) => each(chain, 'Log', r.sum('sum', r.x))),
  ReduceLogSumExp: reduce(logSumExp),
}
