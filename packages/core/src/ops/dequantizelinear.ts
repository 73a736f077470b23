import { bytes, FREE, randomTensor, SHAPES, specOf } from './case.ts'
import { storeFloat, widen } from './compute/values.ts'
import { expectConstants, type SpecOf } from './spec.ts'
import type { Checks, KernelOp } from './record.ts'

/** int8 -> float32, or float16 rounded to nearest from float32. Constants: dequantize. */
export interface DequantizeLinearSpec extends SpecOf<'DequantizeLinear'> {}

export const DequantizeLinear: KernelOp<DequantizeLinearSpec> = {
  precisions: ['int8'],
  sums: () => null,
  compute: (spec, constants, [x], y) => {
    const { scale, zeroPoint } = expectConstants(spec, constants, 'dequantize')
    const values = widen(x, zeroPoint)
    for (let i = 0; i < values.length; i++) values[i] *= scale
    storeFloat(y, values, FREE)
  },
  instance: () => ({ kind: 'dequantize', scale: 0.5, zeroPoint: 5 }),
}

export const DequantizeLinearChecks: Checks<DequantizeLinearSpec> = {
  bound: 'exact',
  *cases(random) {
    for (const [dtype, title] of [
      ['float32', ''],
      ['float16', ', halves'],
    ] as const)
      for (const shape of SHAPES) {
        const x = specOf('int8', shape)
        yield {
          name: `DequantizeLinear int8: ${shape.join('x')}${title}`,
          spec: { op: 'DequantizeLinear', inputs: [x], output: specOf(dtype, shape) },
          constants: { kind: 'dequantize', scale: Math.fround(0.0371), zeroPoint: -11 },
          inputs: [randomTensor(random, x)],
        }
      }
  },
  // A product that is rounded differently shows in most bytes.
  *ties() {
    const x = specOf('int8', [1, 256])
    yield {
      name: 'DequantizeLinear int8: every byte',
      spec: { op: 'DequantizeLinear', inputs: [x], output: specOf('float32', x.shape) },
      constants: { kind: 'dequantize', scale: Math.fround(0.1), zeroPoint: -11 },
      inputs: [bytes(x.shape, (i) => i - 128)],
    }
  },
}
