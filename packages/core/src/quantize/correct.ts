import type { Tensor } from '../tensor/tensor.ts'

/** A layer's weights [M, ...] and the means of the inputs that they multiply, [groups * ...] (see `meanPatch`). */
export interface Expectation {
  readonly weight: Tensor<'float32'>
  readonly mean: ArrayLike<number>
}

/**
 * Empirical bias correction (Nagel et al. 2019, section 4.2): the biases [M] with which the quantized layer's expected
 * output equals the FP32 layer's, `b + E[W x] - E[Ŵ x̂]` for each output channel. If x̂ = x, this is `b - (Ŵ - W)
 * E[x]`. Computed in float64 and rounded once.
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
