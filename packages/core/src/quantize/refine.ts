import { integerArithmetic } from '../execute/integer.ts'
import { lower } from '../execute/lower.ts'
import { countOf, type ProgramStep, type Samples } from '../execute/program.ts'
import { trace } from '../execute/trace.ts'
import type { ConvSpec } from '../ops/conv/conv.ts'
import type { GemmSpec } from '../ops/gemm.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { isWeighted, weightsOf, type WeightedLayer, type Weights } from '../model/weights.ts'
import { dequantize, type QParams } from '../numerics/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { QuantizedModel } from '../model/quantized.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import type { Constants } from '../ops/spec.ts'

/** A weighted layer with its calibration samples. All layers before it are already quantized and refined. */
export interface Site {
  readonly layer: WeightedLayer
  /** The spec of the FP32 layer over the whole batch. */
  readonly spec: ConvSpec | GemmSpec
  readonly float: Weights
  readonly quantized: QuantizedWeights
  /** The input of the FP32 layer. */
  readonly x: Tensor<'float32'>
  /** The input of the quantized layer, in real units. */
  readonly quantizedX: Tensor<'float32'>
  /** The grid of the quantized input. */
  readonly input: QParams
}

/**
 * Steps through a quantized model beside its FP32 original over raw samples [n, ...]. `mend` may replace the integers
 * of each weighted layer before its output is computed, so later layers are refined for the results of earlier ones.
 */
export function refine(
  source: QuantizedModel,
  normalizer: Normalizer,
  samples: Samples,
  mend: (site: Site) => QuantizedWeights,
  exact?: ExactKernels,
): QuantizedModel {
  const { model } = source
  const weights = new Map(source.weights)
  const refined: QuantizedModel = { ...source, weights }
  const arithmetic = integerArithmetic(refined)
  const weighted = new Map(model.layers.filter(isWeighted).map((layer) => [layer.name, layer]))
  const options = { batch: countOf(samples), normalizer }
  const originals = trace(lower({ precision: 'fp32', model }, options), samples, { exact })

  const mended = (step: ProgramStep, inputs: readonly Tensor[]): Constants => {
    const layer = weighted.get(step.name)
    if (layer === undefined || !('weight' in step.constants)) return step.constants
    for (;;) {
      const original = originals.next()
      if (original.done === true) throw new Error(`${layer.name} is not in the FP32 program`)
      const { step: own } = original.value
      if (own.name !== layer.name || !('weight' in own.constants)) continue
      const grid = source.activations.get(layer.inputs[0])!
      const site: Site = {
        layer,
        spec: original.value.step.spec as ConvSpec | GemmSpec,
        float: weightsOf(model, layer),
        quantized: weights.get(layer.name)!,
        x: original.value.inputs[0] as Tensor<'float32'>,
        quantizedX: dequantize(inputs[0] as Tensor<'int8'>, grid),
        input: grid,
      }
      weights.set(layer.name, mend(site))
      return arithmetic.constants(layer, step.spec)
    }
  }
  for (const _ of trace(lower(source, options), samples, { constants: mended, exact }));
  return refined
}
