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

/** How to mend a node that mixes samples, where its op has no advice of its own. */
const ANY_OP: NonNullable<OnnxOp<Node>['batch']> = {
  mend: 'export the model with the batch in front all the way',
}

/**
 * Shapes of a graph's tensors as its nodes arrive, for batches of two and of three. A node mixes samples where the two
 * shapes differ in another size than the first.
 */
export class Shapes {
  readonly #two: Map<string, Shape>
  readonly #three: Map<string, Shape>

  constructor(inputs: readonly ValueInfo[]) {
    const ofBatch = (batch: number): Map<string, Shape> =>
      new Map(inputs.map(({ name, shape }) => [name, [batch, ...shape]]))
    this.#two = ofBatch(2)
    this.#three = ofBatch(3)
  }

  /** The shape of an activation, for a batch of two. */
  get(name: string): Shape | undefined {
    return this.#two.get(name)
  }

  /** @throws OctetError naming the node that yields the model's output, where that has not one row a sample. */
  requireOneRow(node: Node): void {
    if (this.#two.get(node.output)![0] !== 2) refuseMixing(node)
  }

  /**
   * Adds the output of a node.
   * @throws OctetError naming a node whose inputs do not fit together, that does not keep the batch in front, or whose
   *   output is empty or too large.
   */
  add(node: Node, constant: (name: string) => Tensor<'float32'> | undefined): void {
    if (node.inputs.every((name) => !this.#two.has(name)))
      fail(
        node,
        'it computes with constants alone',
        'run a constant folder such as onnxsim over the model before it is given',
      )
    const inputs = (held: ReadonlyMap<string, Shape>): Shape[] =>
      node.inputs.map((name) => held.get(name) ?? constant(name)!.shape)
    const two = outputShape(node, inputs(this.#two))
    const three = ofOneBatch(() => outputShape(node, inputs(this.#three)))
    if (
      mixesSamples(
        node,
        two,
        node.inputs.flatMap((name) => this.#two.get(name)?.[0] ?? []),
      ) ||
      !scales(two, three)
    ) {
      refuseMixing(node)
    }
    requireComputable(node, two.slice(1))
    this.#two.set(node.output, two)
    this.#three.set(node.output, three)
  }
}

/** Whether shapes for batches of two and three differ in their first size alone, which counts whole samples. */
function scales([a, ...two]: Shape, [b, ...three]: Shape): boolean {
  return a % 2 === 0 && 3 * a === 2 * b && two.join() === three.join()
}

/**
 * Whether a node works along the first dimension, which holds the samples. A Reshape may split each into several rows,
 * or join them again: they keep their order.
 */
function mixesSamples({ op, attributes }: Node, output: Shape, rows: readonly number[]): boolean {
  if (op === 'Reshape' || op === 'Flatten') return false
  const axis = attributes !== null && 'axis' in attributes ? attributes.axis : undefined
  return output[0] !== Math.max(...rows) || axis === 0 || axis === -output.length
}

function refuseMixing(node: Node): never {
  const { batch = ANY_OP } = onnxOp(node)
  const asked = batch.asked?.(node) ?? ''
  fail(node, `${asked}it does not keep the batch as the first dimension`, batch.mend)
}

function requireComputable(node: Node, sample: Shape): void {
  if (sample.some((size) => size < 1))
    fail(node, `it yields nothing: ${bracketed(sample)} of a sample`, 'leave it out of the model')
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
