import type { Normalizer } from '../model/normalizer.ts'
import { dequantize, fakeQuantize, quantize, type QParams } from '../numerics/index.ts'
import type { Model } from '../model/layers.ts'
import { withWeights, type Weights } from '../model/weights.ts'
import type { QuantizedModel } from '../model/quantized.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { lower } from './lower.ts'
import { countOf, type Samples } from './program.ts'
import { trace } from './trace.ts'

/** How one tensor's integers differ between integer arithmetic and fake quantization. */
export interface GridAgreement {
  readonly tensor: string
  readonly values: number
  /** The number of values that differ. */
  readonly differing: number
  /** The largest difference, in steps of the tensor's scale. */
  readonly worst: number
}

/**
 * Runs a quantized model twice over raw samples [n, ...]: in integers, and fake-quantized. The fake-quantized run has
 * float32 tensors on the same grids and dequantized weights and biases, and `fakeQuantize` rounds every output to its
 * grid. Its layers read the dequantized integers of the first run, so a difference is the layer's own: by one step, for
 * a value that lies within float32's precision of a tie. As far as both agree, training with fake quantization sees
 * what runs.
 */
export function compareFakeQuantized(
  source: QuantizedModel,
  normalizer: Normalizer,
  x: Samples,
): GridAgreement[] {
  const batch = countOf(x)
  const integers = new Map<string, Tensor<'int8'>>()
  const program = lower(source, { batch, normalizer })
  for (const { step, output } of trace(program, x)) {
    if (step.spec.op === 'QuantizeLinear' || step.spec.op === 'DequantizeLinear') continue
    if (output.dtype === 'int8') integers.set(program.names[step.output], output as Tensor<'int8'>)
  }
  const float = lower({ precision: 'fp32', model: dequantized(source) }, { batch, normalizer })
  const agreements: GridAgreement[] = []
  for (const { step, output } of trace(float, x)) {
    const name = float.names[step.output]
    const [qparams, expected] = [source.activations.get(name), integers.get(name)]
    if (qparams === undefined || expected === undefined) continue
    const { y } = fakeQuantize(output as Tensor<'float32'>, qparams)
    agreements.push({ tensor: name, ...difference(quantize('int8', y, qparams), expected) })
    output.data.set(dequantize(expected, qparams).data)
  }
  return agreements
}

function difference(a: Tensor<'int8'>, b: Tensor<'int8'>): Omit<GridAgreement, 'tensor'> {
  let [differing, worst] = [0, 0]
  for (let i = 0; i < a.data.length; i++) {
    const distance = Math.abs(a.data[i] - b.data[i])
    if (distance > 0) differing++
    if (distance > worst) worst = distance
  }
  return { values: a.data.length, differing, worst }
}

/** The model with its integer weights and biases dequantized. */
function dequantized({ model, weights, activations }: QuantizedModel): Model {
  const real = new Map<string, Weights>()
  for (const layer of model.layers) {
    const held = weights.get(layer.name)
    if (held === undefined) continue
    const inputScale = activations.get(layer.inputs[0])!.scale[0]
    const bias = realBias(held.bias, inputScale, held.qparams)
    real.set(layer.name, { weight: dequantize(held.weight, held.qparams), bias })
  }
  return withWeights(model, real)
}

function realBias(bias: Int32Array, inputScale: number, { scale }: QParams): Float32Array {
  return Float32Array.from(bias, (q, m) => q * Math.fround(inputScale * scale[scale.length === 1 ? 0 : m]))
}
