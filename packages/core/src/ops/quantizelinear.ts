import type { Random } from '../statistics/random.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { randomTensor, SHAPES, specOf, WHOLE, type Case } from './case.ts'
import { storeInteger, widen } from './compute/values.ts'
import { expectConstants, type SpecOf } from './spec.ts'
import { withNaN } from './nan.ts'
import type { Checks, KernelOp } from './record.ts'

/** float32 or float16 -> int8. Constants: quantize. */
export interface QuantizeLinearSpec extends SpecOf<'QuantizeLinear'> {}

export const QuantizeLinear: KernelOp<QuantizeLinearSpec> = {
  precisions: ['int8'],
  sums: () => null,
  compute: (spec, constants, [x], y) => {
    const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
    storeInteger(y, widen(x), { multiplier: inverseScale, zeroPoint, clamp })
  },
  instance: () => ({ kind: 'quantize', inverseScale: 4, zeroPoint: 5, clamp: WHOLE }),
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

/** Around every tie of a grid: the float32 nearest to it in real units, and three on either side; then every half. */
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

/** The float32 `steps` further from zero than x is. */
function neighbour(x: number, steps: number): number {
  const cell = Float32Array.of(x)
  new Int32Array(cell.buffer)[0] += steps
  return cell[0]
}
