import { fail, tensor, type Shape } from '@octet/core'
import { operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { convolve } from './conv.ts'
import { requireRoom, type NodeOf, type OnnxOp, type Reading } from './op.ts'
import { readPool } from './pool.ts'
import {
  outputSize,
  readWindows,
  reaching,
  requirePool,
  windowAttributes,
  type AxisWindow,
} from './window.ts'

export const averagePool: OnnxOp<NodeOf<'AveragePool'>> = {
  read: (source) => {
    const { attributes } = source
    const countIncludePad = attributes.flag('count_include_pad', false)
    const ceilMode = attributes.flag('ceil_mode', false)
    const [x] = operands(source, 1)
    const windows = readWindows(source)
    const sizes = source.shape(x).slice(2)
    const isCut = windows.some(
      (window, axis) => outputSize(window, sizes[axis], ceilMode) !== outputSize(window, sizes[axis]),
    )
    if (windows.some(({ dilation }) => dilation !== 1) || (isCut && countIncludePad))
      return bySums(source, { x, sizes, windows, ceilMode, countIncludePad })
    return readPool(source, { windows, ceilMode }, (window) => ({
      op: 'AveragePool',
      attributes: { ...window, ceilMode, countIncludePad },
    }))
  },
  write: (node) => {
    const { ceilMode, countIncludePad } = node.attributes
    const { dilations, ...window } = windowAttributes(node.attributes)
    if (dilations.some((dilation) => dilation !== 1))
      fail(node, 'opset 14 has no dilations for it', 'use a Conv with the same window in its place')
    return { attributes: { ...window, ceil_mode: ceilMode, count_include_pad: countIncludePad } }
  },
  check: requirePool,
}

interface Average {
  readonly x: string
  /** Sizes of the input after its channels. */
  readonly sizes: Shape
  readonly windows: readonly AxisWindow[]
  readonly ceilMode: boolean
  readonly countIncludePad: boolean
}

/**
 * The sum of each window, as a Conv with ones per channel, divided by the number of cells that count: cells of the
 * input, or of the input and its padding. Cells that ceil_mode adds after the padding never count. Opset 19 says so,
 * and ONNX Runtime computes the same for earlier opsets.
 */
function bySums(source: Source, { x, sizes, windows, ceilMode, countIncludePad }: Average): Reading {
  const [, channels] = source.shape(x)
  const outputs = windows.map((window, axis) => outputSize(window, sizes[axis], ceilMode))
  if (outputs.some((size) => size < 1))
    refuse(source, 'its window is larger than its padded input', 'give the model larger samples')
  const kernel = windows.map((window) => window.kernel)
  requireRoom(source, outputs)
  requireRoom(source, [channels, ...kernel])
  const counts = windows.map((window, axis) =>
    Array.from({ length: outputs[axis] }, (_, place) => countOf(window, sizes[axis], place, countIncludePad)),
  )
  if (counts.flat().includes(0))
    refuse(source, 'a window lies in padding alone', 'make the pads smaller than the window')
  const chain = new Chain(source)
  const ones = tensor('float32', [channels, 1, ...kernel])
  ones.data.fill(1)
  const name = source.freshConstant(`${source.name}.ones`, ones)
  const sums = convolve(chain, source, {
    x,
    sizes,
    weight: { name, held: ones },
    bias: [],
    windows: windows.map((window, axis) => ({
      ...window,
      pads: reaching(window, sizes[axis], outputs[axis]),
    })),
    group: channels,
  })
  const shares = tensor('float32', [1, 1, ...outputs])
  for (let i = 0; i < shares.data.length; i++) {
    let [count, rest] = [1, i]
    for (let axis = outputs.length - 1; axis >= 0; axis--) {
      count *= counts[axis][rest % outputs[axis]]
      rest = Math.floor(rest / outputs[axis])
    }
    shares.data[i] = 1 / count
  }
  const share = source.freshConstant(`${source.name}.share`, shares)
  chain.add('mean', { op: 'Mul', inputs: [sums, share], attributes: null })
  return chain.reading()
}

/** The number of cells that count in a window at this place along an axis. */
function countOf(
  { kernel, stride, dilation, pads: [front, behind] }: AxisWindow,
  size: number,
  place: number,
  countIncludePad: boolean,
): number {
  const [least, most] = countIncludePad ? [-front, size + behind] : [0, size]
  const start = place * stride - front
  return Array.from({ length: kernel }, (_, tap) => start + tap * dilation).filter(
    (cell) => cell >= least && cell < most,
  ).length
}
