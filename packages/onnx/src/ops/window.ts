import { bracketed, fail, quoted, type Pads, type Pair, type Window } from '@octet/core'
import { LARGEST_WINDOW } from '../import/limits.ts'
import { CONTRADICTION, refuse, type Source } from '../import/source.ts'
import type { NodeOf } from './op.ts'

/**
 * Reads a sliding window, with defaults filled in and auto_pad resolved to explicit pads.
 * @param kernel the sizes of the weight, for an op that has one
 */
export function readWindow(source: Source, kernel?: readonly number[]): Window {
  const { attributes } = source
  const given = attributes.ints('kernel_shape') ?? kernel
  if (given === undefined) refuse(source, 'attribute "kernel_shape" is missing', CONTRADICTION)
  if (kernel !== undefined && given.join() !== kernel.join())
    refuse(source, `kernel_shape ${bracketed(given)} is not its weight's ${bracketed(kernel)}`, CONTRADICTION)
  const window = {
    kernel: pair(source, 'kernel_shape', given),
    strides: pair(source, 'strides', attributes.ints('strides') ?? [1, 1]),
    dilations: pair(source, 'dilations', attributes.ints('dilations') ?? [1, 1]),
  }
  const explicit = attributes.ints('pads') ?? [0, 0, 0, 0]
  const autoPad = attributes.string('auto_pad', 'NOTSET')
  switch (autoPad) {
    case 'NOTSET':
      return { ...window, pads: fourPads(source, explicit) }
    case 'VALID':
      return { ...window, pads: [0, 0, 0, 0] }
    case 'SAME_UPPER':
    case 'SAME_LOWER':
      return { ...window, pads: samePads(source, window, autoPad === 'SAME_UPPER') }
    default:
      return refuse(
        source,
        `auto_pad ${quoted(autoPad)} is not one of NOTSET, VALID, SAME_UPPER, SAME_LOWER`,
        CONTRADICTION,
      )
  }
}

function pair(source: Source, attribute: string, sizes: readonly number[]): Pair {
  if (sizes.length !== 2)
    refuse(
      source,
      `${attribute} ${bracketed(sizes)}: only windows over two dimensions run`,
      'export the model over images: a series as [N,C,1,L] with windows [1,k]',
    )
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 1))
    refuse(source, `${attribute} ${bracketed(sizes)} must be positive`, CONTRADICTION)
  return [sizes[0], sizes[1]]
}

function fourPads(source: Source, pads: readonly number[]): Pads {
  if (pads.length !== 4 || !pads.every((pad) => Number.isSafeInteger(pad) && pad >= 0))
    refuse(
      source,
      `pads ${bracketed(pads)} must be four numbers, none below 0`,
      'crop the samples themselves in place of negative pads',
    )
  return [pads[0], pads[1], pads[2], pads[3]]
}

/** Pads that make the output ceil(input / stride); an odd cell goes to the end (upper) or the beginning (lower). */
function samePads(source: Source, window: Omit<Window, 'pads'>, upper: boolean): Pads {
  const shape = source.shape(source.inputs[0])
  const [first, second] = ([0, 1] as const).map((axis) => {
    const stride = window.strides[axis]
    const extent = window.dilations[axis] * (window.kernel[axis] - 1) + 1
    const input = shape[axis + 2]
    const total = Math.max((Math.ceil(input / stride) - 1) * stride + extent - input, 0)
    const small = Math.floor(total / 2)
    return upper ? [small, total - small] : [total - small, small]
  })
  return fourPads(source, [first[0], second[0], first[1], second[1]])
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

/** @throws OctetError for a window larger than Octet computes, or one that may lie in padding alone. */
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
