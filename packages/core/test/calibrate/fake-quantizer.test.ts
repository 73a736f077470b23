import { describe, expect, test } from 'vitest'
import { FakeQuantizer } from './fake-quantizer.ts'
import { AFFINE_INT8, TORCH_SCALE_FLOOR } from '../../src/numerics/qparams.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'

interface Schedule {
  averaging_constant: number
  quant_min: number
  quant_max: number
  steps: {
    observer_enabled: boolean
    fake_quant_enabled: boolean
    x: GoldenTensor<Float32Array>
    y: GoldenTensor<Float32Array>
    scale: number
    zero_point: number
    min: number
    max: number
  }[]
}

goldenTest<{ schedule: Schedule }>(
  'observes and quantizes by a schedule',
  'fake_quantize.json',
  ({ schedule }) => {
    expect([schedule.quant_min, schedule.quant_max]).toEqual([0, 255])
    const quantizer = new FakeQuantizer(
      { bits: 8, signed: false, symmetric: false, narrow: false },
      { averagingConstant: schedule.averaging_constant, scaleFloor: TORCH_SCALE_FLOOR },
    )
    for (const step of schedule.steps) {
      quantizer.observing = step.observer_enabled
      quantizer.quantizing = step.fake_quant_enabled
      const { y, mask } = quantizer.apply(tensor('float32', step.x.shape, step.x.data))
      expect(y.data).toEqual(step.y.data)
      if (!step.fake_quant_enabled) expect([...mask].every((pass) => pass === 1)).toBe(true)
      expect(quantizer.range).toEqual({ min: step.min, max: step.max })
      expect([quantizer.qparams.scale[0], quantizer.qparams.zeroPoint[0]]).toEqual([
        step.scale,
        step.zero_point,
      ])
    }
  },
)

describe('a fake quantizer', () => {
  const x = tensor('float32', [2], Float32Array.of(-1, 2))

  test('cannot quantize before it has observed anything', () => {
    const quantizer = new FakeQuantizer(AFFINE_INT8)
    quantizer.observing = false
    expect(quantizer.range).toBeNull()
    expect(() => quantizer.apply(x)).toThrow(/no range yet/)
  })

  test('keeps a frozen range, whatever comes', () => {
    const quantizer = new FakeQuantizer(AFFINE_INT8)
    quantizer.apply(x)
    quantizer.observing = false
    const { mask } = quantizer.apply(tensor('float32', [2], Float32Array.of(-50, 1)))
    expect([...mask]).toEqual([0, 1])
    expect(quantizer.range).toEqual({ min: -1, max: 2 })
  })
})
