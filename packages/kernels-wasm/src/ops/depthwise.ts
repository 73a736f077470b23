import type { Constants } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { type WeightedNumbers, weightedNumbers } from './constants.ts'
import { type Plan, single, suffixOf } from './op.ts'
import type { SpecOf, Workshop } from './op.ts'
import { isFloats, planFloats } from './depthwise-floats.ts'
import { isThreeByThree, planThreeByThree } from './depthwise-3x3.ts'
import { imageOf, windowWords } from './window.ts'

const BLOCK = 8

/** Whether a convolution has one filter per channel, and whole blocks of channels. */
export function isDepthwise({ inputs, output, group }: SpecOf<'Conv'>): boolean {
  return group > 1 && group === inputs[0].shape[1] && group === output.shape[1] && group >= BLOCK
}

/** One filter per channel. The words have the order of `Depthwise` in assembly/depthwise.ts. */
export function planDepthwise(spec: SpecOf<'Conv'>, constants: Constants, workshop: Workshop): Plan {
  if (isThreeByThree(spec)) return planThreeByThree(spec, constants, workshop)
  if (isFloats(spec)) return planFloats(spec, constants, workshop)
  const { shelf } = workshop
  const [input] = spec.inputs
  const x = layoutOf(input.shape)
  const positions = spec.kernel[0] * spec.kernel[1]
  const suffix = suffixOf(input.dtype)
  const taps = suffix === 'Int8' ? positions + (positions % 2) : positions
  const { target, multiplier, ...given } = weightedNumbers(spec, constants)
  const numbers = (suffix === 'Int8' ? integers : floats)(given, { stored: x.stored, positions, taps })
  const padded = <Data extends Float32Array | Int32Array>(room: Data, values: Data): number => {
    room.set(values)
    return shelf.put(room)
  }
  const words = [
    ...windowWords(target, imageOf(input.shape, spec.output.shape), spec),
    shelf.put(numbers.weights),
    numbers.bias instanceof Int32Array
      ? padded(new Int32Array(x.stored), numbers.bias)
      : padded(new Float32Array(x.stored), numbers.bias),
    padded(new Float32Array(x.stored), multiplier),
    shelf.put(numbers.padding),
    x.stored,
    taps,
  ]
  const rows = x.images * spec.output.shape[2]
  const cycles = (rows * spec.output.shape[3] * x.stored * taps) / (suffix === 'Int8' ? 5 : 3)
  return single(shelf, { kernel: `depthwise${suffix}`, tiles: rows, cycles }, words, 8 * taps)
}

type Given = Omit<WeightedNumbers, 'target' | 'multiplier'>

/** Stored channels, positions of the window, and positions that the weights have room for. */
interface Sizes {
  readonly stored: number
  readonly positions: number
  readonly taps: number
}

interface Numbers {
  readonly weights: Float32Array | Uint16Array | Int16Array
  readonly bias: Float32Array | Int32Array
  /** One pixel of padding. */
  readonly padding: Float32Array | Int8Array
}

/** Weights [channels / 8][taps][8]. */
function floats({ weight, bias }: Given, { stored, taps }: Sizes): Numbers {
  const weights =
    weight.dtype === 'float32' ? new Float32Array(stored * taps) : new Uint16Array(stored * taps)
  for (let channel = 0; channel < bias.length; channel++)
    for (let tap = 0; tap < taps; tap++)
      weights[Math.floor(channel / BLOCK) * BLOCK * taps + tap * BLOCK + (channel % BLOCK)] =
        weight.data[channel * taps + tap]
  return { weights, bias, padding: new Float32Array(stored + 16) }
}

/** Weights [channels / 8][taps / 2][8][2]. Biases cancel the input's zero point. */
function integers(given: Given, { stored, positions, taps }: Sizes): Numbers {
  const { weight, weightZeroPoints, inputZeroPoint } = given
  const weights = new Int16Array(stored * taps)
  const bias = given.bias.slice()
  for (let channel = 0; channel < bias.length; channel++)
    for (let tap = 0; tap < positions; tap++) {
      const value = weight.data[channel * positions + tap] - (weightZeroPoints?.[channel] ?? 0)
      const block = Math.floor(channel / BLOCK) * BLOCK * taps
      weights[block + (tap - (tap % 2)) * BLOCK + (channel % BLOCK) * 2 + (tap % 2)] = value
      bias[channel] -= inputZeroPoint * value
    }
  return { weights, bias, padding: new Int8Array(stored + 16).fill(inputZeroPoint) }
}
