import {
  bracketed,
  elements,
  fail,
  OctetError,
  outputShape,
  type Node,
  type Shape,
  type Tensor,
  type ValueInfo,
} from '@octet/core'
import { onnxOp } from '../ops/list.ts'
import type { OnnxOp } from '../ops/op.ts'
import { MOST_DIMENSIONS, MOST_ELEMENTS } from './limits.ts'

/** The remedy for a node that mixes samples, if its op has no specific advice. */
const ANY_OP: NonNullable<OnnxOp<Node>['batch']> = {
  mend: 'export the model with the batch in front all the way',
}

/**
 * Shapes of a graph's tensors as its nodes arrive: for batches of two and three if the batch has any size, else for one
 * sample. A node mixes samples if the shapes of the two batches differ in any size other than the first.
 */
export class Shapes {
  readonly #first: Map<string, Shape>
  readonly #second: Map<string, Shape> | undefined
  /** Shapes of empty tensors. A node that computes an empty tensor is not kept. */
  readonly #empty = new Map<string, Shape>()

  constructor(inputs: readonly ValueInfo[], batch?: 'one') {
    const ofBatch = (batch: number): Map<string, Shape> =>
      new Map(inputs.map(({ name, shape }) => [name, [batch, ...shape]]))
    this.#first = ofBatch(batch === 'one' ? 1 : 2)
    this.#second = batch === 'one' ? undefined : ofBatch(3)
  }

  /** The shape of an activation, for a batch of two or for one sample. */
  get(name: string): Shape | undefined {
    return this.#first.get(name)
  }

  /** The increase of each size of an activation per further sample. Undefined if there is only one sample. */
  perSampleOf(name: string): readonly number[] | undefined {
    const second = this.#second?.get(name)
    const first = this.#first.get(name)
    return first && second?.map((size, axis) => size - first[axis])
  }

  /** Whether a tensor is empty because it has size 0 along an axis. */
  isEmptyAlong(name: string, axis: number): boolean {
    return this.#empty.get(name)?.at(axis) === 0
  }

  /**
   * @throws OctetError that names the node of the model's output, if that output has not exactly one row per sample.
   */
  requireOneRow(node: Node): void {
    if (this.#second !== undefined && this.#first.get(node.output)![0] !== 2) refuseMixing(node)
  }

  /**
   * Adds the output of a node.
   * @throws OctetError that names a node whose inputs do not fit together, that does not keep the batch in front, or
   * whose output is empty or too large.
   */
  add(node: Node, constant: (name: string) => Tensor<'float32'> | undefined): void {
    const inputs = (held: ReadonlyMap<string, Shape>): Shape[] =>
      node.inputs.map((name) => held.get(name) ?? constant(name)!.shape)
    const first = outputShape(node, inputs(this.#first))
    if (first.includes(0)) this.#empty.set(node.output, first)
    if (this.#second === undefined) {
      requireComputable(node, first[0] === 1 ? first.slice(1) : first)
    } else {
      const second = this.#second
      const three = ofOneBatch(() => outputShape(node, inputs(second)))
      const rows = node.inputs.flatMap((name) => this.#first.get(name)?.[0] ?? [])
      if (mixesSamples(node, first, rows) || !scales(first, three)) refuseMixing(node)
      requireComputable(node, first.slice(1))
      second.set(node.output, three)
    }
    this.#first.set(node.output, first)
  }
}

/** Whether shapes for batches of two and three differ only in their first size, which counts whole samples. */
function scales([a, ...two]: Shape, [b, ...three]: Shape): boolean {
  return a % 2 === 0 && 3 * a === 2 * b && two.join() === three.join()
}

/** Attributes that name axes. */
interface Along {
  readonly axis?: number
  readonly axes?: readonly number[]
  readonly perm?: readonly number[]
}

/**
 * Whether a node works along the first dimension, which holds the samples. A Reshape may split each sample into several
 * rows, or join them again, because the rows keep their order.
 */
function mixesSamples({ op, attributes }: Node, output: Shape, rows: readonly number[]): boolean {
  if (op === 'Reshape' || op === 'Flatten') return false
  const along = (attributes ?? {}) as Along
  return (
    output[0] !== Math.max(...rows) ||
    along.axis === 0 ||
    along.axis === -output.length ||
    along.axes?.includes(0) === true ||
    (along.perm?.[0] ?? 0) !== 0
  )
}

function refuseMixing(node: Node): never {
  const { batch = ANY_OP } = onnxOp(node)
  const asked = batch.asked?.(node) ?? ''
  fail(node, `${asked}it does not keep the batch as the first dimension`, batch.mend)
}

function requireComputable(node: Node, sample: Shape): void {
  if (sample.some((size) => size < 1))
    fail(node, `its output is empty: ${bracketed(sample)} for one sample`, 'leave it out of the model')
  if (sample.length > MOST_DIMENSIONS || elements(sample) > MOST_ELEMENTS)
    fail(
      node,
      `it yields ${bracketed(sample)} for a sample, at most ${MOST_ELEMENTS} elements in ${MOST_DIMENSIONS} ` +
        'dimensions are computed',
      'make its attributes smaller, or the model take smaller samples',
    )
}

function ofOneBatch(infer: () => Shape): Shape {
  try {
    return infer()
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    throw new OctetError(
      `${error.message}: the model holds for one batch size only`,
      'export it with a free batch dimension, and write the batch size as 0 or -1 where a shape is given',
    )
  }
}
