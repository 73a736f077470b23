import { requantizeMultiplier, type FixedPointRounding, PRECISIONS } from '../../numerics/index.ts'
import { elements, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { FREE, WHOLE } from '../case.ts'
import { storeFloat, widen, inInt32, rescaleTo } from '../compute/values.ts'
import { expectConstants, type NodeOf, type Constants, type SpecOf, type WeightTraits } from '../spec.ts'
import type { Draw, Grids, KernelOp, LayerOp } from '../record.ts'

/** The spec of a Conv or Gemm. */
export interface WeightedSpec extends SpecOf<string>, WeightTraits {
  readonly fixedPoint?: FixedPointRounding
}

type Shared = 'weighted' | 'clamp' | 'infinities' | 'gain' | 'integers' | 'precisions'

/** The common parts of ops that multiply by constants. */
export const WEIGHTED: Pick<
  LayerOp<NodeOf<string, unknown>, SpecOf<string>> & KernelOp<SpecOf<string>>,
  Shared
> = {
  weighted: true,
  clamp: 'fused',
  infinities: 'mixed',
  gain: 'lost',
  integers: { grid: 'own', constants: integers },
  precisions: PRECISIONS,
}

function integers(_: unknown, { inputs: [x], output, clamp, weights }: Grids): Constants {
  const { weight, bias, qparams } = weights!
  const at = (values: Float32Array | Int32Array, m: number): number => values[values.length === 1 ? 0 : m]
  return {
    kind: 'int-weights',
    weight,
    bias,
    multiplier: Float32Array.from(bias, (_, m) =>
      requantizeMultiplier(x.scale[0], at(qparams.scale, m), output.scale[0]),
    ),
    inputZeroPoint: x.zeroPoint[0],
    weightZeroPoints: Int32Array.from(bias, (_, m) => at(qparams.zeroPoint, m)),
    outputZeroPoint: output.zeroPoint[0],
    clamp,
  }
}

/**
 * Computes sums in the output's order, then applies bias and epilogue by output channel. `accumulate` takes inputs and
 * weights with their zero points subtracted.
 */
export function computeWeighted(
  spec: WeightedSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
  accumulate: (x: Float64Array, weight: Float64Array) => Float64Array,
): void {
  const channels = spec.output.shape[1]
  const positions = output.data.length / (spec.output.shape[0] * channels)
  if (input.dtype !== 'int8') {
    const { weight, bias, clamp } = expectConstants(spec, constants, 'float-weights')
    const sums = accumulate(widen(input), widen(weight))
    for (let i = 0, plane = 0; i < sums.length; plane++)
      for (const end = i + positions; i < end; i++) sums[i] += bias[plane % channels]
    return storeFloat(output, sums, clamp)
  }
  const c = expectConstants(spec, constants, 'int-weights')
  const weight = widen(c.weight)
  if (spec.weightZeroPoints) {
    const inner = weight.length / channels
    for (let i = 0; i < weight.length; i++) weight[i] -= c.weightZeroPoints[Math.floor(i / inner)]
  }
  const sums = accumulate(widen(input, c.inputZeroPoint), weight)
  const target = { zeroPoint: c.outputZeroPoint, clamp: c.clamp }
  const rescales = Array.from(c.multiplier, (multiplier) =>
    rescaleTo({ multiplier, ...target }, spec.fixedPoint),
  )
  const data = output.data as Int8Array
  for (let i = 0, plane = 0; i < sums.length; plane++) {
    const bias = c.bias[plane % channels]
    const rescale = rescales[plane % channels]
    for (const end = i + positions; i < end; i++) data[i] = rescale(inInt32(sums[i] + bias, spec.op))
  }
}

/** Random weights of shape [M, ...]. */
export function instanceOfWeights(spec: WeightedSpec, shape: Shape, draw: Draw): Constants {
  const { dtype } = spec.inputs[0]
  const [outputs, ...inner] = shape
  const integer = dtype === 'int8'
  const bound = spec.weightBits === 4 ? 7 : 127
  const weight = draw.weights({ dtype, shape }, bound)
  const bias = Array.from({ length: outputs }, () => draw.bias(integer))
  if (!integer)
    return {
      kind: 'float-weights',
      weight: weight as Tensor<'float32'> | Tensor<'float16'>,
      bias: Float32Array.from(bias),
      clamp: FREE,
    }
  return {
    kind: 'int-weights',
    weight: weight as Tensor<'int8'>,
    bias: Int32Array.from(bias),
    multiplier: new Float32Array(outputs).fill(draw.multiplier(elements(inner), bound)),
    inputZeroPoint: draw.zeroPoints[0],
    weightZeroPoints: Int32Array.from(bias, () => (spec.weightZeroPoints ? draw.weightZeroPoint() : 0)),
    outputZeroPoint: 5,
    clamp: WHOLE,
  }
}
