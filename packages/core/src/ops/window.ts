import type { Shape } from '../tensor/tensor.ts'
import { bracketed, fail } from './message.ts'
import type { NodeOf, Pair, Window, TensorSpec } from './spec.ts'

/** Output height and width of a window over an input of the given height and width, rounded down or up. */
export function windowOutput(window: Window, [height, width]: Pair, ceilMode = false): Pair {
  const round = ceilMode ? Math.ceil : Math.floor
  const [top, left, bottom, right] = window.pads
  const size = (input: number, axis: 0 | 1, before: number, after: number): number => {
    const extent = window.dilations[axis] * (window.kernel[axis] - 1) + 1
    const count = round((input + before + after - extent) / window.strides[axis]) + 1
    // A last window that would begin in the padding behind the input is dropped.
    return ceilMode && (count - 1) * window.strides[axis] >= input + before ? count - 1 : count
  }
  return [size(height, 0, top, bottom), size(width, 1, left, right)]
}

type Windowed = NodeOf<string, Window & { readonly ceilMode?: boolean }>

/**
 * The output sizes of a node that slides a window over an image.
 * @throws OctetError if the window is larger than its padded input.
 */
export function slidOver(node: Windowed, height: number, width: number): Pair {
  const size = windowOutput(node.attributes, [height, width], node.attributes.ceilMode)
  if (size[0] < 1 || size[1] < 1)
    fail(node, 'its window is larger than its padded input', 'give the model larger samples')
  return size
}

/** @throws OctetError if a shape is not the shape of images. */
export function image(
  node: NodeOf<string, unknown>,
  shape: Shape,
): readonly [number, number, number, number] {
  if (shape.length !== 4)
    fail(
      node,
      `it takes [N,C,H,W], got ${bracketed(shape)}`,
      'export the model over images, with a series as [N,C,1,L]',
    )
  return shape as unknown as readonly [number, number, number, number]
}

/** The window of a node, without its other attributes. */
export function windowOf({ kernel, strides, pads, dilations }: Window): Window {
  return { kernel, strides, pads, dilations }
}

/** ceil_mode expressed as padding: bottom and right grow until the last, partial windows fit. */
export function grown({ attributes }: Windowed, input: TensorSpec): Window {
  const window = windowOf(attributes)
  if (attributes.ceilMode !== true) return window
  const size: Pair = [input.shape[2], input.shape[3]]
  const output = windowOutput(window, size, true)
  const extra = (axis: 0 | 1): number =>
    Math.max(
      0,
      (output[axis] - 1) * window.strides[axis] +
        window.dilations[axis] * (window.kernel[axis] - 1) +
        1 -
        (size[axis] + window.pads[axis] + window.pads[axis + 2]),
    )
  const [top, left, bottom, right] = window.pads
  return { ...window, pads: [top, left, bottom + extra(0), right + extra(1)] }
}
