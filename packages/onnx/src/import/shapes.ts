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
    if (two[0] !== 2 || three[0] !== 3 || two.slice(1).join() !== three.slice(1).join()) {
      const { batch = ANY_OP } = onnxOp(node)
      const asked = batch.asked?.(node) ?? ''
      fail(node, `${asked}it does not keep the batch as the first dimension`, batch.mend)
    }
    requireComputable(node, two.slice(1))
    this.#two.set(node.output, two)
    this.#three.set(node.output, three)
  }
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
