import { OctetError } from '../error.ts'
import { type Constants, type OpSpec, precisionOf, PRECISIONS_OF } from '../kernel/spec.ts'
import { sumsPastInt32 } from '../kernel/sums.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { activate } from './activation.ts'
import { concat } from './concat.ts'
import { clip, dequantizeLinear, normalize, quantizeLinear, softmax } from './elementwise.ts'
import { add, mul } from './pair.ts'
import { averagePool, maxPool } from './pool.ts'
import { matMul, weighted } from './weighted.ts'

type Kernel<Op extends OpSpec['op']> = (
  spec: Extract<OpSpec, { readonly op: Op }>,
  constants: Constants,
  inputs: readonly Tensor[],
  output: Tensor,
) => void

/** An op without an entry does not compile. */
const KERNELS: { readonly [Op in OpSpec['op']]: Kernel<Op> } = {
  Conv: (spec, constants, [x], y) => weighted(spec, constants, x, y),
  Gemm: (spec, constants, [x], y) => weighted(spec, constants, x, y),
  MatMul: matMul,
  Add: add,
  Mul: mul,
  Concat: concat,
  Sigmoid: (spec, constants, [x], y) => activate(spec, constants, x, y),
  HardSigmoid: (spec, constants, [x], y) => activate(spec, constants, x, y),
  HardSwish: (spec, constants, [x], y) => activate(spec, constants, x, y),
  MaxPool: (spec, _, [x], y) => maxPool(spec, x, y),
  AveragePool: (spec, constants, [x], y) => averagePool(spec, constants, x, y),
  Clip: (spec, constants, [x], y) => clip(spec, constants, x, y),
  Reshape: (_, __, [x], y) => y.data.set(x.data),
  Softmax: (spec, _, [x], y) => softmax(spec, x, y),
  Normalize: (spec, constants, [x], y) => normalize(spec, constants, x, y),
  QuantizeLinear: (spec, constants, [x], y) => quantizeLinear(spec, constants, x, y),
  DequantizeLinear: (spec, constants, [x], y) => dequantizeLinear(spec, constants, x, y),
}

/** Why the reference cannot compute a spec; undefined where it can. */
export function obstacle(spec: OpSpec): string | undefined {
  const { op } = spec
  if (!Object.hasOwn(KERNELS, op)) return `the reference has no ${op}`
  const precision = precisionOf(spec)
  if (!PRECISIONS_OF[op].includes(precision)) return `${op} has no meaning in ${precision}`
  return sumsPastInt32(spec)
}

/**
 * The meaning of every op, by the formulae of `Constants`, one output tensor at a time: float results are accumulated
 * in float64 and rounded once; activation functions go by float32 steps. What faster kernels are held to.
 * @throws OctetError for a spec that `obstacle` names, and where a sum of integers leaves int32.
 */
export function compute<Op extends OpSpec['op']>(
  spec: Extract<OpSpec, { readonly op: Op }>,
  constants: Constants,
  inputs: readonly Tensor[],
  output: Tensor,
): void {
  const reason = obstacle(spec)
  if (reason !== undefined) throw new OctetError(`cannot compute: ${reason}`)
  const kernel: Kernel<Op> = KERNELS[spec.op]
  kernel(spec, constants, inputs, output)
}
