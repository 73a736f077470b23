import { bracketed, quoted, type Pads, type Pair, type Window } from '@octet/core'
import { CONTRADICTION, refuse, type Source } from './source.ts'

/**
 * Reads a sliding window: defaults filled in, auto_pad resolved to explicit pads. `kernel` is the weight's, where
 * there is one.
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

/** Pads that make the output ceil(input / stride), the odd one at the end (upper) or at the beginning (lower). */
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
