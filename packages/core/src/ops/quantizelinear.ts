import { toFloat16 } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { randomTensor, SHAPES, specOf, WHOLE, type Case } from './case.ts'
import { storeInteger, widen } from './compute/values.ts'
import { expectConstants, type SpecOf } from './spec.ts'
import { withNaN } from './nan.ts'
import type { Checks, KernelOp } from './record.ts'

/** float32 or float16 -> int8. Constants: quantize; divide-quantize if the spec divides. */
export interface QuantizeLinearSpec extends SpecOf<'QuantizeLinear'> {
  /** ONNX's definition: x / s, correctly rounded, on every device. If it is left out: x * fl32(1/s). */
  readonly by?: 'divide'
}

export const QuantizeLinear: KernelOp<QuantizeLinearSpec> = {
  precisions: ['int8'],
  sums: () => null,
  compute: (spec, constants, [x], y) => {
    const values = widen(x)
    if (spec.by !== 'divide') {
      const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
      return storeInteger(y, values, { multiplier: inverseScale, zeroPoint, clamp })
    }
    const { scale, zeroPoint, clamp } = expectConstants(spec, constants, 'divide-quantize')
    for (let i = 0; i < values.length; i++) values[i] = fround(values[i] / scale)
    storeInteger(y, values, { multiplier: 1, zeroPoint, clamp })
  },
  instance: ({ by }) =>
    by === 'divide'
      ? { kind: 'divide-quantize', scale: 0.25, zeroPoint: 5, clamp: WHOLE }
      : { kind: 'quantize', inverseScale: 4, zeroPoint: 5, clamp: WHOLE },
}

export const QuantizeLinearChecks: Checks<QuantizeLinearSpec> = { bound: 'exact', cases, ties }

const { fround } = Math

function* cases(random: Random): Generator<Case<QuantizeLinearSpec>> {
  for (const [dtype, title] of [
    ['float32', ''],
    ['float16', ', halves'],
  ] as const) {
    for (const shape of SHAPES)
      yield quantizing(
        `${shape.join('x')}${title}`,
        randomTensor(random, specOf(dtype, shape)),
        fround(1 / 0.0151),
        3,
      )
    yield quantizing(`NaN as 0${title}`, withNaN(dtype, [2, 5, 4, 6], 0), 50, -37)
  }
  const edges = [
    [-0.5, 0.5, 1.5, 2.5, -1.5, -2.5, 126.5, 127.5, -128.5],
    [1e9, -1e9, 3e38, -3e38, 1e-40, -0, 0.49999997],
  ].flat()
  const values = tensor('float32', [1, edges.length], Float32Array.from(edges))
  yield quantizing('ties, saturation and extremes', values, 1, 0)
  yield* divisions()
}

/**
 * Numbers beside every tie, with scales for which the quotient and the product with the inverse give different
 * integers.
 */
function* divisions(): Generator<Case<QuantizeLinearSpec>> {
  for (const [scale, zeroPoint] of [
    [fround(0.0186), 0],
    [fround(1 / 3), -128],
    [fround(0.07), 127],
  ]) {
    const beside = Array.from({ length: 9 * 258 }, (_, i) =>
      neighbour((Math.floor(i / 9) - 129.5 - zeroPoint) * scale, (i % 9) - 4),
    )
    const numbers = Float32Array.from([...beside, 0, -0, NaN, 3e38, -3e38, 1e-40])
    for (const x of [
      tensor('float32', [1, numbers.length], numbers),
      tensor('float16', [1, 3, 7, 5], toFloat16(numbers.subarray(0, 105))),
    ])
      yield {
        name: `QuantizeLinear int8: by division, beside every tie, scale ${scale.toPrecision(3)}, ${x.dtype}`,
        spec: {
          op: 'QuantizeLinear',
          inputs: [specOf(x.dtype, x.shape)],
          output: specOf('int8', x.shape),
          by: 'divide',
        },
        constants: { kind: 'divide-quantize', scale, zeroPoint, clamp: [-128, 126] },
        inputs: [x],
      }
  }
}

function quantizing(
  title: string,
  x: Tensor,
  inverseScale: number,
  zeroPoint: number,
): Case<QuantizeLinearSpec> {
  return {
    name: `QuantizeLinear int8: ${title}`,
    spec: { op: 'QuantizeLinear', inputs: [specOf(x.dtype, x.shape)], output: specOf('int8', x.shape) },
    constants: { kind: 'quantize', inverseScale, zeroPoint, clamp: WHOLE },
    inputs: [x],
  }
}

/** Numbers around every tie of a grid: the nearest float32 in real units and three on either side; then every half. */
function* ties(thin: boolean): Generator<Case<QuantizeLinearSpec>> {
  for (const scale of [0.0186, 1 / 127.5, 0.3]) {
    const inverseScale = fround(1 / fround(scale))
    const values = Float32Array.from({ length: 7 * 256 }, (_, i) =>
      neighbour((Math.floor(i / 7) - 127.5) / inverseScale, (i % 7) - 3),
    )
    const x = tensor('float32', [1, values.length], values)
    yield quantizing(`beside every tie, scale ${scale.toPrecision(3)}`, x, inverseScale, 0)
  }
  if (thin) return
  const halves = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter((i) => (i & 0x7fff) < 0x7c00)
  yield quantizing('every half', tensor('float16', [1, halves.length], halves), fround(1 / fround(0.3)), 0)
}

/** The float32 that is `steps` steps further from zero than x. */
function neighbour(x: number, steps: number): number {
  const cell = Float32Array.of(x)
  new Int32Array(cell.buffer)[0] += steps
  return cell[0]
}
