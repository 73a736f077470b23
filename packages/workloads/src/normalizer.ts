import { elements, type Normalizer } from '@octet/core'
import type { Readings } from './samples.ts'

/**
 * Fits mean 0 and (population) standard deviation 1 over all samples, in float64 and rounded to float32 once. Vectors
 * [N,F] are fitted per feature, images [N,C,H,W] as a whole. A constant feature keeps scale 1.
 */
export function fitNormalizer(readings: Readings): Normalizer {
  const { shape, data } = readings.x
  const channels = shape.length === 2 ? elements(shape.slice(1)) : 1
  const offset = new Float32Array(channels)
  const scale = new Float32Array(channels)
  for (let channel = 0; channel < channels; channel++) {
    const count = data.length / channels
    let sum = 0
    for (let i = channel; i < data.length; i += channels) sum += data[i]
    const mean = sum / count
    let squares = 0
    for (let i = channel; i < data.length; i += channels) squares += (data[i] - mean) ** 2
    const deviation = Math.sqrt(squares / count)
    offset[channel] = mean
    scale[channel] = deviation === 0 ? 1 : 1 / deviation
  }
  return { offset, scale }
}
