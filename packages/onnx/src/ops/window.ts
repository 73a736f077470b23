import { bracketed, fail, quoted, windowOutput, type Window } from '@octet/core'
import { LARGEST_WINDOW } from '../import/limits.ts'
import { CONTRADICTION, refuse, type Source } from '../import/source.ts'
import type { NodeOf } from './op.ts'

/** A sliding window along one axis. */
export interface AxisWindow {
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Padding in front and behind. */
  readonly pads: readonly [front: number, behind: number]
}

/** A window of one element, which changes nothing along its axis. */
export const POINT: AxisWindow = { kernel: 1, stride: 1, dilation: 1, pads: [0, 0] }

/** The number of cells from the first to the last cell of a window. */
export function extentOf({ kernel, dilation }: AxisWindow): number {
  return dilation * (kernel - 1) + 1
}

/** The number of window positions along an axis of this size. */
export function outputSize(
  { kernel, stride, dilation, pads }: AxisWindow,
  size: number,
  ceilMode = false,
): number {
  const window = { kernel: [kernel, 1], strides: [stride, 1], dilations: [dilation, 1] } as const
  return windowOutput({ ...window, pads: [pads[0], 0, pads[1], 0] }, [size, 1], ceilMode)[0]
}

/** Pads that give a window this number of positions. The pads behind reach as far as the last position. */
export function reaching(window: AxisWindow, size: number, places: number): AxisWindow['pads'] {
  const [front, behind] = window.pads
  const reach = (places - 1) * window.stride + extentOf(window)
  return [front, Math.max(behind, reach - front - size)]
}

/**
 * Reads a sliding window over the axes of the first input after its channels, with defaults filled in and auto_pad
 * resolved to explicit pads.
 * @param kernel the sizes of the weight, for an op with a weight
 * @param same the op's meaning of auto_pad SAME_UPPER and SAME_LOWER
 */
export function readWindows(
  source: Source,
  kernel?: readonly number[],
  same: SamePads = samePads,
): readonly AxisWindow[] {
  const { attributes } = source
  const sizes = source.shape(source.inputs[0]).slice(2)
  if (sizes.length < 1 || sizes.length > 3)
    refuse(source, `a window over ${sizes.length} axes is not computed`, 'export the model over 1 to 3 axes')
  const given = attributes.ints('kernel_shape') ?? kernel
  if (given === undefined) refuse(source, 'attribute "kernel_shape" is missing', CONTRADICTION)
  if (kernel !== undefined && given.join() !== kernel.join())
    refuse(source, `kernel_shape ${bracketed(given)} is not its weight's ${bracketed(kernel)}`, CONTRADICTION)
  const ones = sizes.map(() => 1)
  const kernels = perAxis(source, 'kernel_shape', given, sizes.length)
  const strides = perAxis(source, 'strides', attributes.ints('strides') ?? ones, sizes.length)
  const dilations = perAxis(source, 'dilations', attributes.ints('dilations') ?? ones, sizes.length)
  const plain = sizes.map((_, axis): AxisWindow => ({
    kernel: kernels[axis],
    stride: strides[axis],
    dilation: dilations[axis],
    pads: [0, 0],
  }))
  const explicit = attributes.ints('pads') ?? sizes.flatMap(() => [0, 0])
  const autoPad = attributes.string('auto_pad', 'NOTSET')
  switch (autoPad) {
    case 'NOTSET':
      return padded(plain, explicitPads(source, explicit, sizes.length))
    case 'VALID':
      return plain
    case 'SAME_UPPER':
    case 'SAME_LOWER':
      return padded(
        plain,
        plain.map((window, axis) => same(window, sizes[axis], autoPad === 'SAME_UPPER')),
      )
    default:
      return refuse(
        source,
        `auto_pad ${quoted(autoPad)} is not one of NOTSET, VALID, SAME_UPPER, SAME_LOWER`,
        CONTRADICTION,
      )
  }
}

function padded(windows: readonly AxisWindow[], pads: readonly AxisWindow['pads'][]): AxisWindow[] {
  return windows.map(({ kernel, stride, dilation }, axis) => ({ kernel, stride, dilation, pads: pads[axis] }))
}

function perAxis(
  source: Source,
  attribute: string,
  sizes: readonly number[],
  axes: number,
): readonly number[] {
  if (sizes.length !== axes)
    refuse(
      source,
      `${attribute} ${bracketed(sizes)} has ${sizes.length} sizes for ${axes} axes`,
      CONTRADICTION,
    )
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 1))
    refuse(source, `${attribute} ${bracketed(sizes)} must be positive`, CONTRADICTION)
  return sizes
}

/** ONNX gives the pads in front of all axes first, and then the pads behind them. */
function explicitPads(source: Source, pads: readonly number[], axes: number): AxisWindow['pads'][] {
  if (pads.length !== 2 * axes || !pads.every((pad) => Number.isSafeInteger(pad) && pad >= 0))
    refuse(
      source,
      `pads ${bracketed(pads)} must be ${2 * axes} numbers, none below 0`,
      'crop the samples themselves in place of negative pads',
    )
  return Array.from({ length: axes }, (_, axis) => [pads[axis], pads[axes + axis]])
}

/** The pads of an axis of this size. An odd cell goes behind (upper) or in front. */
type SamePads = (window: AxisWindow, size: number, upper: boolean) => AxisWindow['pads']

/** Pads that make the output ceil(input / stride). An odd cell goes behind (upper) or in front (lower). */
function samePads(window: AxisWindow, size: number, upper: boolean): AxisWindow['pads'] {
  const cells = (Math.ceil(size / window.stride) - 1) * window.stride + extentOf(window)
  const total = Math.max(cells - size, 0)
  const small = Math.floor(total / 2)
  return upper ? [small, total - small] : [total - small, small]
}

/** The window of an image from the windows of its rows and columns. */
export function planeOf(rows: AxisWindow, columns: AxisWindow): Window {
  return {
    kernel: [rows.kernel, columns.kernel],
    strides: [rows.stride, columns.stride],
    dilations: [rows.dilation, columns.dilation],
    pads: [rows.pads[0], columns.pads[0], rows.pads[1], columns.pads[1]],
  }
}

/** The attributes of a sliding window. */
export function windowAttributes({
  kernel,
  strides,
  pads,
  dilations,
}: Window): Readonly<Record<'kernel_shape' | 'strides' | 'pads' | 'dilations', readonly number[]>> {
  return { kernel_shape: kernel, strides, pads, dilations }
}

/** @throws OctetError for a window larger than Octet computes. */
export function requireWindow(node: NodeOf<'Conv' | 'MaxPool' | 'AveragePool'>): void {
  for (const [name, values] of Object.entries(windowAttributes(node.attributes)))
    if (values.some((value) => value > LARGEST_WINDOW))
      fail(
        node,
        `${name} ${bracketed(values)}: at most ${LARGEST_WINDOW} is computed`,
        'make them smaller, or pad the samples themselves',
      )
}

/** @throws OctetError for a window larger than Octet computes, or for a window that may lie entirely in padding. */
export function requirePool(node: NodeOf<'MaxPool' | 'AveragePool'>): void {
  requireWindow(node)
  const { dilations, kernel, pads } = node.attributes
  const extent = ([0, 1] as const).map((axis) => dilations[axis] * (kernel[axis] - 1) + 1)
  if (pads.some((pad, side) => pad >= extent[side % 2]))
    fail(
      node,
      `pads ${bracketed(pads)} reach a window that lies in padding alone`,
      'make the pads smaller than the window',
    )
}
