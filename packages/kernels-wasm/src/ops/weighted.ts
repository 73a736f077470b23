import type { Constants, Window } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import type { Shelf } from '../memory/shelf.ts'
import { type WeightedNumbers, weightedNumbers } from './constants.ts'
import { type Plan, suffixOf, type RelaxedDot, type Workshop } from './op.ts'
import type { SpecOf } from './op.ts'
import {
  DEPTH,
  type Microkernel,
  packPanels,
  PANEL,
  planProduct,
  POINT,
  type Product,
  relaxedOffset,
  STORAGE,
  type Weights,
} from './product.ts'
import { imageOf } from './window.ts'
import { isOfFewChannels, planWindows, spaced, spacedLength } from './windows.ts'
import { isWinograd, packPoints, paysWinograd, planWinograd, WINOGRAD } from './winograd.ts'

type WeightedSpec = SpecOf<'Conv' | 'Gemm'>

const FLOAT = 'float32 tiles'
const INT16 = 'int16 dot product'
const RELAXED = 'relaxed int8 dot product'
const FLOAT_WINDOWS = 'float32 windows in place'
const INT16_WINDOWS = 'int16 windows in place'

/** The variants for an op's sums on this engine. Relaxed products have no room for weights minus a zero point. */
export function weightedVariants(spec: WeightedSpec, relaxed: RelaxedDot | undefined): readonly string[] {
  const inPlace = spec.op === 'Conv' && isOfFewChannels(spec)
  if (spec.inputs[0].dtype !== 'int8') return inPlace ? [FLOAT_WINDOWS, FLOAT] : [FLOAT]
  const dots = relaxed === undefined || spec.weightZeroPoints ? [INT16] : [RELAXED, INT16]
  // Beside relaxed products it was not measured.
  if (inPlace) return dots.length === 1 ? [INT16_WINDOWS, ...dots] : [...dots, INT16_WINDOWS]
  if (spec.op !== 'Conv' || !isWinograd(spec)) return dots
  // ARM reads bytes as signed. It takes three instructions for an int16 dot product and one for a relaxed dot product.
  return paysWinograd(spec) && relaxed !== 'signed' ? [WINOGRAD, ...dots] : [...dots, WINOGRAD]
}

/** Conv and Gemm: windows unfolded into rows, times panels of weights. A Gemm's rows are pixels of one-pixel images. */
export function planWeighted(spec: WeightedSpec, constants: Constants, workshop: Workshop): Plan {
  const [input] = spec.inputs
  const [x, y] = [layoutOf(input.shape), layoutOf(spec.output.shape)]
  const variant = workshop.variant ?? weightedVariants(spec, workshop.relaxed)[0]
  const microkernel: Microkernel = variant === RELAXED ? 'Relaxed' : suffixOf(input.dtype)
  const [groups, window] = spec.op === 'Conv' ? [spec.group, spec] : [1, POINT]
  const taps = window.kernel[0] * window.kernel[1]
  const [channels, outputs] = [x.channels / groups, y.channels / groups]
  // With one group, pixels are unfolded whole, including their unused room, which meets weights of 0.
  const pixel = groups === 1 ? x.stored : channels
  const inPlace = variant === FLOAT_WINDOWS || variant === INT16_WINDOWS
  const k = inPlace
    ? spacedLength({ window, channels: pixel }, microkernel)
    : Math.ceil((taps * pixel) / DEPTH[microkernel]) * DEPTH[microkernel]
  const columns = groups === 1 ? y.stored : outputs
  const panels = Math.ceil(columns / PANEL)
  const numbers = weightedNumbers(spec, constants)
  const sizes = { groups, pixel, channels, taps, outputs }
  const { address, sums } = packed(
    numbers,
    { sizes, variant, microkernel, panels, k, window },
    workshop.shelf,
  )
  const product: Product = {
    microkernel,
    weights: address,
    ...epilogueOf(numbers, { sizes, panels, sums }, workshop, variant),
    rows: y.images * y.positions,
    k,
    panels,
    groups,
    columns,
    steps: [x.stored, y.stored],
    channels: pixel,
    rowsAre: rowsOf(window, groups === 1 && k === x.stored),
    image: imageOf(input.shape, spec.output.shape),
    window,
  }
  if (inPlace) return planWindows(product, workshop, variant)
  return variant === WINOGRAD ? planWinograd(product, workshop) : planProduct(product, workshop, variant)
}

/** The layout of a tile's rows in x. `whole` means that a row is a complete pixel. */
function rowsOf({ kernel, strides, pads }: Window, whole: boolean): Product['rowsAre'] {
  if (kernel.some((size) => size > 1) || pads.some((size) => size > 0)) return 'windows'
  return whole && strides.every((stride) => stride === 1) ? 'neighbours' : 'pixels'
}

interface Sizes {
  readonly groups: number
  readonly pixel: number
  readonly channels: number
  readonly taps: number
  readonly outputs: number
}

/**
 * Weights by group, in the order of an unfolded row: tap by tap, with the channels of each tap together. Unused room is
 * 0.
 */
function weightsOf(
  { weight: { dtype, data }, weightZeroPoints }: WeightedNumbers,
  { groups, pixel, channels, taps, outputs }: Sizes,
): Weights[] {
  const Numbers = STORAGE[suffixOf(dtype)]
  const length = taps * pixel
  return Array.from({ length: groups }, (_, group) => {
    const rows = new Numbers(outputs * length)
    const each = channels * taps
    for (let column = 0; column < outputs; column++) {
      const first = (group * outputs + column) * each
      const zeroPoint = weightZeroPoints?.[group * outputs + column] ?? 0
      for (let tap = 0; tap < taps; tap++) {
        let to = column * length + tap * pixel
        for (let from = first + tap; from < first + each; from += taps) rows[to++] = data[from] - zeroPoint
      }
    }
    return { columns: outputs, length, rows }
  })
}

/** The form of packed weights. */
interface Form extends Pick<Product, 'microkernel' | 'panels' | 'k' | 'window'> {
  readonly sizes: Sizes
  readonly variant: string
}

/** Puts weights into memory. int8 weights without zero points may already be there. `sums` are only for int8. */
function packed(
  numbers: WeightedNumbers,
  form: Form,
  shelf: Shelf,
): { readonly address: number; readonly sums: Int32Array } {
  const { sizes, variant, panels } = form
  const { data } = numbers.weight
  const pack = (): ReturnType<typeof packPanels> => {
    const weights = weightsOf(numbers, sizes)
    if (variant === FLOAT_WINDOWS || variant === INT16_WINDOWS) {
      const rows = weights.map((one) => spaced(one, { ...form, channels: sizes.pixel }))
      // Weights of halves are float32 here.
      return packPanels(rows, { ...form, microkernel: variant === FLOAT_WINDOWS ? 'Float' : 'Int8' })
    }
    return variant === WINOGRAD
      ? packPoints(weights[0], { panels, channels: sizes.pixel })
      : packPanels(weights, form)
  }
  if (!(data instanceof Int8Array)) return { address: shelf.put(pack()), sums: new Int32Array() }
  const sums = (): Int32Array => sumsOf(data, sizes, numbers.weightZeroPoints)
  if (numbers.weightZeroPoints !== undefined) return { address: shelf.put(pack()), sums: sums() }
  return shelf.share(data, JSON.stringify(form), () => ({
    data: pack() as Int16Array | Int8Array,
    sums: sums(),
  }))
}

/** For each output, the sum of its weights minus their zero point. */
function sumsOf(
  weights: Int8Array,
  { groups, outputs, channels, taps }: Sizes,
  zeroPoints?: Int32Array,
): Int32Array {
  const each = channels * taps
  return Int32Array.from({ length: groups * outputs }, (_, output) => {
    let sum = -each * (zeroPoints?.[output] ?? 0)
    for (let i = output * each; i < (output + 1) * each; i++) sum += weights[i]
    return sum
  })
}

type Epilogue = Pick<Product, 'bias' | 'multiplier' | 'target' | 'inputZeroPoint'>

/**
 * The processing of sums. Relaxed products and Winograd's see x with its zero point (and an offset). The biases cancel
 * it.
 */
function epilogueOf(
  { target, inputZeroPoint, multiplier, ...numbers }: WeightedNumbers,
  weights: { readonly sizes: Sizes; readonly panels: number; readonly sums: Int32Array },
  { shelf, relaxed }: Workshop,
  variant: string,
): Epilogue {
  const { groups, outputs } = weights.sizes
  const columns = weights.panels * PANEL
  const spread = (padded: Float32Array | Int32Array, values: ArrayLike<number>): number => {
    for (let output = 0; output < values.length; output++)
      padded[Math.floor(output / outputs) * columns + (output % outputs)] = values[output]
    return shelf.put(padded)
  }
  const room = groups * columns
  const bias = numbers.bias.slice()
  if (bias instanceof Float32Array)
    return { bias: spread(new Float32Array(room), bias), multiplier: 0, target, inputZeroPoint }
  if (variant === WINOGRAD || variant === RELAXED) {
    const offset = inputZeroPoint + (variant === RELAXED ? relaxedOffset(relaxed) : 0)
    for (let output = 0; output < bias.length; output++) bias[output] -= offset * weights.sums[output]
  }
  return {
    bias: spread(new Int32Array(room), bias),
    multiplier: spread(new Float32Array(room), multiplier),
    target,
    inputZeroPoint,
  }
}
