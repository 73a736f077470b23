import { expect } from 'vitest'
import { quantizationHealth } from '../../src/diagnose/health.ts'
import { distributionShift, weighted } from '../../src/diagnose/shift.ts'
import { goldenInputs, goldenTest } from '../numerics/golden.ts'

interface DiagnosticsVectors {
  quantization_health: {
    distribution: string
    scale: number
    zero_point: number
    quant_min: number
    quant_max: number
    saturation_low: number
    saturation_high: number
    edge_low: number
    edge_high: number
    used_levels: number
    level_entropy_bits: number
    clip_error_share: number
    mse: number
    sqnr_db: number
    max_abs_error: number
  }[]
  distribution_shift: {
    reference: [string, number]
    new: [string, number]
    ks: number
    wasserstein: number
    js_divergence_bits: number
    psi: number
    out_of_range_fraction: number
  }[]
}

function near(actual: number | null, expected: number, what: string): void {
  expect(Math.abs(actual! - expected), `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  )
}

goldenTest<DiagnosticsVectors>(
  'the health of quantized tensors',
  'diagnostics.json',
  ({ quantization_health }) => {
    const inputs = goldenInputs()
    for (const one of quantization_health) {
      const x = Float32Array.from(inputs.get(one.distribution)!.flatMap(({ data }) => Array.from(data)))
      const health = quantizationHealth(x, {
        qmin: one.quant_min,
        qmax: one.quant_max,
        axis: null,
        scale: Float32Array.of(one.scale),
        zeroPoint: Int32Array.of(one.zero_point),
      })
      const what = `${one.distribution} at ${one.scale}`
      near(health.saturationLow, one.saturation_low, `${what} saturation low`)
      near(health.saturationHigh, one.saturation_high, `${what} saturation high`)
      near(health.edgeLow, one.edge_low, `${what} edge low`)
      near(health.edgeHigh, one.edge_high, `${what} edge high`)
      expect(health.usedLevels, what).toBe(one.used_levels)
      near(health.levelEntropyBits, one.level_entropy_bits, `${what} level entropy`)
      near(health.clipErrorShare, one.clip_error_share, `${what} clip error share`)
      near(health.mse, one.mse, `${what} mse`)
      near(health.sqnrDb, one.sqnr_db, `${what} sqnr`)
      near(health.maxAbsError, one.max_abs_error, `${what} max abs error`)
    }
  },
)

goldenTest<DiagnosticsVectors>(
  'the shift between two samples',
  'diagnostics.json',
  ({ distribution_shift }) => {
    const inputs = goldenInputs()
    const sample = ([name, batch]: [string, number]) => weighted(inputs.get(name)![batch].data)
    for (const one of distribution_shift) {
      const shift = distributionShift(sample(one.reference), sample(one.new))
      const what = `${one.reference.join(' ')} to ${one.new.join(' ')}`
      near(shift.ks, one.ks, `${what} ks`)
      near(shift.wasserstein, one.wasserstein, `${what} wasserstein`)
      near(shift.jsDivergenceBits, one.js_divergence_bits, `${what} js`)
      near(shift.psi, one.psi, `${what} psi`)
      near(shift.outOfRange, one.out_of_range_fraction, `${what} out of range`)
    }
  },
)
