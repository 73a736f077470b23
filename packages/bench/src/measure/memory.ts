import type { FloatModel, QuantizedModel } from '@octet/core'
import type { Memory } from '@octet/results'

/**
 * A loaded program's memory as a model's own: 4-bit weights count by the half byte, as an exported model stores them (ONNX INT4, two
 * a byte). No kernel package computes on such pairs yet: kernels hold 4-bit weights a byte each, which
 * `residentWeightBytes` tells, and which deviceBytes counts.
 */
export function memoryOf(loaded: Memory, model: FloatModel | QuantizedModel): Memory {
  if (model.precision !== 'int8' || model.configuration.weights.bits === 8) return loaded
  let saved = 0
  for (const { weight } of model.weights.values()) saved += Math.floor(weight.data.length / 2)
  return { ...loaded, weightBytes: loaded.weightBytes - saved, residentWeightBytes: loaded.weightBytes }
}
