import {
  activationScheme,
  Calibration,
  modelOf,
  weightScheme,
  type Granularity,
  type Graph,
  type Grid,
  type QuantizedModel,
  type Tensor,
} from '@octet/core'
import * as fc from 'fast-check'
import { chain, numbers, window, type Link } from '../graphs.ts'

export const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
export const BATCH = 2

/** Samples of a graph's input; the same at every call with the same seed. */
export function samplesOf(
  { inputs: [{ shape }] }: Graph,
  seed: number,
  count: number = BATCH,
): Tensor<'float32'> {
  return numbers([count, ...shape], seed)
}

export interface How {
  readonly granularity?: Granularity
  readonly bits?: Grid['bits']
  readonly scheme?: Grid['scheme']
}

/** A graph quantized by min-max over a few samples. */
export function quantized(
  graph: Graph,
  { granularity = 'per-channel', bits = 8, scheme = 'affine' }: How = {},
  count = 4,
): Promise<QuantizedModel> {
  const calibration = new Calibration(modelOf(graph), RAW, [samplesOf(graph, 5, count)])
  return calibration.quantize({
    calibration: 'minmax',
    activations: activationScheme({ bits: 8, scheme }),
    weights: weightScheme({ bits, scheme: 'symmetric', granularity }),
  })
}

export const ways: fc.Arbitrary<Required<How>> = fc.record(
  {
    granularity: fc.constantFrom('per-tensor', 'per-channel'),
    bits: fc.constantFrom(8, 4),
    scheme: fc.constantFrom('affine', 'symmetric'),
  },
  { noNullPrototype: true },
)

const PADDED = window(3, { pads: [1, 1, 1, 1] })

/** Links that keep [N, 4, 6, 6], so that any sequence of them fits. */
const links: fc.Arbitrary<readonly Link[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 2, 4)
      .map((group): Link[] => [
        { op: 'Conv', attributes: { ...PADDED, group }, weights: [[4, 4 / group, 3, 3], [4]] },
      ]),
  },
  fc.constant<Link[]>([{ op: 'Relu', attributes: null }]),
  fc
    .constantFrom([0, 0.5], [-0.25, 0.75], [-0.5, Infinity])
    .map(([min, max]): Link[] => [{ op: 'Clip', attributes: { min, max } }]),
  fc.constantFrom('Add', 'Mul', 'Sub', 'Max').map((op): Link[] => [{ op, attributes: null, residual: 'x' }]),
  fc.constantFrom('Add', 'Min').map((op): Link[] => [{ op, attributes: null, weights: [[1, 1, 6, 6]] }]),
  fc.constant<Link[]>([{ op: 'MaxPool', attributes: { ...PADDED, ceilMode: false } }]),
  fc
    .boolean()
    .map((countIncludePad): Link[] => [
      { op: 'AveragePool', attributes: { ...PADDED, ceilMode: false, countIncludePad } },
    ]),
  fc.constantFrom('Sigmoid', 'HardSwish', 'Tanh').map((op): Link[] => [{ op, attributes: null }]),
  fc.constant<Link[]>([
    { op: 'Concat', attributes: { axis: 1 }, residual: 'x' },
    { op: 'Conv', attributes: { ...window(1), group: 1 }, weights: [[4, 8, 1, 1], [4]] },
  ]),
  fc.constant<Link[]>([{ op: 'Transpose', attributes: { perm: [0, 1, 3, 2] } }]),
  fc.constant<Link[]>([
    { op: 'Pad', attributes: { mode: 'constant', pads: [0, 0, 1, 0, 0, 0, 0, 1], value: 0.25 } },
    { op: 'Slice', attributes: { axes: [2, 3], starts: [0, 1], ends: [6, 7], steps: [1, 1] } },
  ]),
  fc.constant<Link[]>([
    { op: 'Softmax', attributes: { axis: 1 } },
    { op: 'MaxPool', attributes: { ...PADDED, ceilMode: false } },
  ]),
  // Stays in float between layers of integers.
  fc.constant<Link[]>([
    { op: 'Sigmoid', attributes: null },
    { op: 'Add', attributes: null, weights: [numbers([1, 1, 1, 1], 3)] },
    { op: 'Softplus', attributes: null },
  ]),
)

const heads: fc.Arbitrary<readonly Link[]> = fc.constantFrom<readonly Link[]>(
  [],
  [
    { op: 'Flatten', attributes: { axis: 1 } },
    {
      op: 'Gemm',
      attributes: { alpha: 0.5, beta: 1, transA: false, transB: true },
      weights: [[3, 144], [3]],
    },
  ],
  [
    { op: 'GlobalAveragePool', attributes: null },
    { op: 'Reshape', attributes: { shape: [0, -1] } },
    { op: 'MatMul', attributes: null, weights: [[4, 3]] },
    { op: 'Softmax', attributes: { axis: 1 } },
  ],
)

/** Graphs from x [N, 4, 6, 6]. */
export const graphs: fc.Arbitrary<Graph> = fc
  .tuple(fc.array(links, { minLength: 1, maxLength: 5 }), heads)
  .map(([parts, head]) => chain('any', [4, 6, 6], [...parts.flat(), ...head]))
