import { bracketed, elements, tensor, type Shape, type Tensor } from '@octet/core'
import { constantFloats, CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { convolve, readGroup } from './conv.ts'
import type { Reading } from './op.ts'
import { extentOf, readWindows, type AxisWindow } from './window.ts'

type PadPair = AxisWindow['pads']

/**
 * Reads a ConvTranspose as a Conv of stride 1 with the rotated weight, over the input with `stride - 1` zeros after
 * each element. Integers stay exact. The Conv has as many multiply-adds as before, times the product of the strides.
 */
export function convTranspose(source: Source): Reading {
  const [x, name, ...bias] = operands(source, 2, 3)
  const weight = constantFloats(source, 1, 'weight')
  const group = readGroup(source)
  const [, channels, ...sizes] = source.shape(x)
  if (weight.shape.length !== sizes.length + 2 || weight.shape[0] !== channels || channels % group !== 0)
    refuse(source, `weight ${bracketed(weight.shape)} does not fit ${channels} channels`, CONTRADICTION)
  const extra = source.attributes.ints('output_padding') ?? sizes.map(() => 0)
  const wanted = source.attributes.ints('output_shape')?.slice(-sizes.length)
  const windows = readWindows(source, weight.shape.slice(2), (window, _, upper) =>
    halved(extentOf(window) - window.stride, upper),
  )
  const edges = windows.map((window, axis): PadPair => {
    const { stride, pads } = window
    const reach = extentOf(window) - 1
    const whole = stride * (sizes[axis] - 1) + extra[axis] + reach + 1
    const [front, behind] = wanted === undefined ? pads : halved(whole - wanted[axis], false)
    // The zeros after the last element replace the same amount of padding.
    return [reach - front, reach - behind + extra[axis] - (stride - 1)]
  })
  const chain = new Chain(source)
  const spread = spreadOut(chain, x, [channels, ...sizes], windows)
  const isCut = edges.flat().some((pad) => pad < 0)
  convolve(chain, source, {
    x: isCut ? padded(chain, spread, edges) : spread,
    sizes: sizes.map(
      (size, axis) => size * windows[axis].stride + (isCut ? edges[axis][0] + edges[axis][1] : 0),
    ),
    weight: { name, held: turned(weight, group) },
    bias,
    windows: windows.map(({ kernel, dilation }, axis) => ({
      kernel,
      dilation,
      stride: 1,
      pads: isCut ? [0, 0] : edges[axis],
    })),
    group,
  })
  return chain.reading()
}

/** Padding in front and behind. An odd cell goes behind (upper) or in front. Missing cells go behind. */
function halved(total: number, upper: boolean): PadPair {
  if (total < 0) return [0, total]
  const small = Math.floor(total / 2)
  return upper ? [small, total - small] : [total - small, small]
}

/** [N, C, ...sizes] with `stride - 1` zeros after each element of an axis. */
function spreadOut(
  chain: Chain,
  x: string,
  [channels, ...sizes]: Shape,
  windows: readonly AxisWindow[],
): string {
  if (windows.every(({ stride }) => stride === 1)) return x
  const apart = chain.reshape('apart', x, [0, channels, ...sizes.flatMap((size) => [size, 1])])
  const zeros = padded(
    chain,
    apart,
    windows.flatMap(({ stride }): PadPair[] => [
      [0, 0],
      [0, stride - 1],
    ]),
  )
  return chain.reshape('spread', zeros, [
    0,
    channels,
    ...sizes.map((size, axis) => size * windows[axis].stride),
  ])
}

function padded(chain: Chain, x: string, edges: readonly PadPair[]): string {
  const pads = [0, 0, ...edges.map(([front]) => front), 0, 0, ...edges.map(([, behind]) => behind)]
  return chain.add('edges', { op: 'Pad', inputs: [x], attributes: { mode: 'constant', pads, value: 0 } })
}

/** [C, M / group, ...] as the [M, C / group, ...] of a Conv, with the taps in reverse order. */
function turned({ shape, data }: Tensor<'float32'>, group: number): Tensor<'float32'> {
  const [channels, outputs, ...kernel] = shape
  const [inner, taps] = [channels / group, elements(kernel)]
  const made = tensor('float32', [outputs * group, inner, ...kernel])
  for (let g = 0; g < group; g++)
    for (let m = 0; m < outputs; m++)
      for (let c = 0; c < inner; c++)
        for (let tap = 0; tap < taps; tap++)
          made.data[((g * outputs + m) * inner + c) * taps + tap] =
            data[((g * inner + c) * outputs + m) * taps + taps - 1 - tap]
  return made
}
