import { FLOAT_PRECISIONS, PRECISION } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import { elements, type Shape } from '../tensor/tensor.ts'
import { floatTensor, FREE, randomFloats, randomTensor, specOf, type Case } from './case.ts'
import { storeFloat, widen } from './compute/values.ts'
import { bracketed, CONTRADICTION, fail } from './message.ts'
import { nanCases } from './nan.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { alongAxis, expectRows } from './rows.ts'
import type { NodeOf, SpecOf } from './spec.ts'

/** Inputs: x, scale and an optional bias. Scale and bias have the sizes of x from `axis` on. */
export type LayerNormalizationNode = NodeOf<
  'LayerNormalization',
  { readonly axis: number; readonly epsilon: number }
>

/**
 * x [R,F], scale [F] and bias [F] -> scale * (x - mean) / sqrt(variance + epsilon) + bias, with the mean and the
 * (population) variance of each row. Floats only. Devices sum in float64, or as exactly. Constants: none.
 */
export interface LayerNormalizationSpec extends SpecOf<'LayerNormalization'> {
  readonly epsilon: number
}

/** Floats only: the statistics of each row would decide how integers are rounded. */
export const LayerNormalization: LayerOp<LayerNormalizationNode, LayerNormalizationSpec> &
  KernelOp<LayerNormalizationSpec> = {
  weighted: false,
  clamp: 'none',
  infinities: 'mixed',
  gain: 'lost',
  integers: null,
  precisions: FLOAT_PRECISIONS,
  shape: (node, [x, ...rows]) => {
    const inner = elements(x.slice(alongAxis(node, x)))
    for (const row of rows)
      if (elements(row) !== inner)
        fail(
          node,
          `its scale or bias ${bracketed(row)} does not fit the last sizes of ${bracketed(x)}`,
          CONTRADICTION,
        )
    return x
  },
  spec: (node, tensors) => {
    expectRows(node, tensors.output.shape)
    return { op: 'LayerNormalization', ...tensors, epsilon: node.attributes.epsilon }
  },
  sums: () => null,
  compute: (spec, _, [input, scale, bias], output) => {
    const [, width] = spec.inputs[0].shape
    const [x, gains, offsets] = [widen(input), widen(scale), widen(bias)]
    for (let row = 0; row < x.length; row += width) {
      const values = x.subarray(row, row + width)
      const mean = values.reduce((sum, value) => sum + value, 0) / width
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
      const deviation = Math.sqrt(variance + spec.epsilon)
      for (let i = 0; i < width; i++) values[i] = ((values[i] - mean) / deviation) * gains[i] + offsets[i]
    }
    storeFloat(output, x, FREE)
  },
  instance: () => ({ kind: 'none' }),
}

export const LayerNormalizationChecks: Checks<LayerNormalizationSpec> = {
  bound: { roundings: () => 4, of: 'output' },
  cases,
  ties: () => [],
}

function specOn(dtype: 'float32' | 'float16', shape: Shape): LayerNormalizationSpec {
  const [x, row] = [specOf(dtype, shape), specOf(dtype, shape.slice(1))]
  return { op: 'LayerNormalization', inputs: [x, row, row], output: x, epsilon: 1e-5 }
}

/** Rows of every length within a vector, rows far from 0, and rows with a single value. */
function* cases(random: Random): Generator<Case<LayerNormalizationSpec>> {
  for (const precision of FLOAT_PRECISIONS) {
    const { dtype } = PRECISION[precision]
    for (const shape of [
      [3, 1],
      [3, 7],
      [2, 64],
      [5, 37],
    ]) {
      const spec = specOn(dtype, shape)
      yield {
        name: `LayerNormalization ${precision}: ${shape.join('x')}`,
        spec,
        constants: { kind: 'none' },
        inputs: spec.inputs.map((input) => randomTensor(random, input)),
      }
    }
    const spec = specOn(dtype, [3, 30])
    const [x, row] = spec.inputs
    const far = randomFloats(random, 90).map((value, i) => (i < 30 ? 1 : 100 + value))
    yield {
      name: `LayerNormalization ${precision}: a row of ones, and rows far from 0`,
      spec,
      constants: { kind: 'none' },
      inputs: [floatTensor(dtype, x.shape, far), randomTensor(random, row), randomTensor(random, row)],
    }
  }
  yield* nanCases(({ row: { dtype } }) => [specOn(dtype as 'float32', [3, 10]), { kind: 'none' }])
}
