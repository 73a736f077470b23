import { bytesPerElement, type Constants, expectConstants, fromFloat16 } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatTarget, type Plan, single, type SpecOf, suffixOf, type Workshop } from './op.ts'
import { imageOf, windowWords } from './window.ts'

const BLOCK = 4
const TAPS = 9
const LINES_BYTES = 32 * 1024

/** Whether a depthwise convolution is one that `depthwise3x3` of floats knows. */
export function isFloats({ inputs, kernel, dilations }: SpecOf<'Conv'>): boolean {
  return (
    inputs[0].dtype !== 'int8' && kernel.every((size) => size === 3) && dilations.every((size) => size === 1)
  )
}

/** The words are in the order of `DepthwiseFloats` in assembly/ops/depthwise-floats.ts. */
export function planFloats(spec: SpecOf<'Conv'>, constants: Constants, { shelf, threads }: Workshop): Plan {
  const { weight, bias, clamp } = expectConstants(spec, constants, 'float-weights')
  const [input] = spec.inputs
  const { images, stored } = layoutOf(input.shape)
  const image = imageOf(input.shape, spec.output.shape)
  const [, width, outHeight, outWidth] = image
  const given = weight.dtype === 'float16' ? fromFloat16(weight.data) : weight.data
  const weights = new Float32Array(stored * TAPS)
  for (let channel = 0; channel < bias.length; channel++)
    for (let tap = 0; tap < TAPS; tap++)
      weights[(Math.floor(channel / BLOCK) * TAPS + tap) * BLOCK + (channel % BLOCK)] =
        given[channel * TAPS + tap]
  const biases = new Float32Array(stored)
  biases.set(bias)
  const rows = images * outHeight
  // Lines of a tile stay in the first-level cache while they are read four channels after the other.
  const fitting = Math.max(1, Math.floor(LINES_BYTES / (width * stored * bytesPerElement(input.dtype))) - 2)
  const rowsPerTile = Math.min(fitting, Math.ceil(rows / (threads === 1 ? 1 : 4 * threads)))
  const words = [
    ...windowWords(floatTarget(clamp), image, spec),
    shelf.put(weights),
    shelf.put(biases),
    shelf.put(new Float32Array(width * stored + BLOCK)),
    stored,
    rows,
    rowsPerTile,
  ]
  const cycles = (rows * outWidth * stored * TAPS) / 5
  const kernel = `depthwise3x3${suffixOf(input.dtype)}`
  return single(shelf, { kernel, tiles: Math.ceil(rows / rowsPerTile), cycles }, words)
}
