import type { Tensor } from '../tensor/tensor.ts'

/** A layer's weights [M, ...] and the mean of their factors, [groups * ...]: see `meanPatch`. */
export interface Expectation {
  readonly weight: Tensor<'float32'>
  readonly mean: ArrayLike<number>
}

/**
 * Empirical bias correction (Nagel et al. 2019, section 4.2): biases [M] under which the quantized layer's expected
 * output is that of the FP32 layer, `b + E[W x] - E[Ŵ x̂]` for each output channel. Where x̂ = x this is `b - (Ŵ - W)
 * E[x]`. In float64, rounded once.
 */
export function correctedBias(bias: Float32Array, float: Expectation, quantized: Expectation): Float32Array {
  const [wanted, got] = [expectedSums(float), expectedSums(quantized)]
  return bias.map((b, m) => b + wanted[m] - got[m])
}

function expectedSums({ weight, mean }: Expectation): Float64Array {
  const outputs = weight.shape[0]
  const inner = weight.data.length / outputs
  const outputsPerGroup = outputs / (mean.length / inner)
  return Float64Array.from({ length: outputs }, (_, m) => {
    const first = Math.floor(m / outputsPerGroup) * inner
    let sum = 0
    for (let k = 0; k < inner; k++) sum += weight.data[m * inner + k] * mean[first + k]
    return sum
  })
}
