import { elements, type ConvNode } from '@octet/core'
import { at, type Bind } from './operator.ts'

/** Windows with strides of at most two. A depthwise Conv must have 3 x 3 windows without dilation. */
export const bindConv: Bind<ConvNode> = (arena, node, inputs, y, capacity) => {
  const [{ strides, group }, [, w]] = [node.attributes, inputs]
  if (w.grad === null || strides.some((stride) => stride > 2)) return undefined
  const alone = w.shape[1] === 1 && group > 1
  return alone
    ? bindDepthwise(arena, node, inputs, y, capacity)
    : bindProduct(arena, node, inputs, y, capacity)
}

const bindProduct: Bind<ConvNode> = (arena, { attributes }, [x, w, b], y) => {
  const { kernels } = arena
  const { kernel, strides, pads, dilations, group } = attributes
  const [, height, width] = x.shape
  const [, outHeight, outWidth] = y.shape
  const channels = w.shape[1]
  const filters = w.shape[0] / group
  const [taps, positions] = [elements(w.shape.slice(1)), outHeight * outWidth]
  const direct = [...kernel, ...strides].every((size) => size === 1) && pads.every((size) => size === 0)
  const pitch = pads[1] + width + pads[3]
  const area = (pads[0] + height + pads[2]) * pitch
  const task = arena.task(
    [at(x.data), at(x.grad), at(w.data), at(w.grad), at(b?.data), at(b?.grad), at(y.data), at(y.grad)],
    [group, channels, filters, height, width, outHeight, outWidth],
    [...kernel, ...strides, pads[0], pads[1], ...dilations],
    [Number(direct), pitch, area],
    [
      arena.room(direct ? 0 : channels * area),
      arena.room(direct ? 0 : taps * positions),
      arena.room(elements(w.shape)),
      arena.room(8 * Math.max(taps, filters, positions)),
      arena.room(5 * 8),
    ],
  )
  if (task === undefined) return undefined
  return {
    forward: (batch) => kernels.convForward(task, batch),
    backward: (batch) => {
      if (y.grad !== null) kernels.convBackward(task, batch)
    },
  }
}

const bindDepthwise: Bind<ConvNode> = (arena, { attributes }, [x, w, b], y) => {
  const { kernels } = arena
  const { kernel, strides, pads, dilations, group } = attributes
  if (kernel.some((size) => size !== 3) || dilations.some((size) => size !== 1)) return undefined
  const [channels, height, width] = x.shape
  const [filters, outHeight, outWidth] = y.shape
  const [top, left, bottom, right] = pads
  // Two zeros come before a row. After it come as many as fill the last four elements.
  const pitch = 2 + Math.ceil((left + width + right) / 4) * 4
  const room = (top + height + bottom + 3) * pitch
  const task = arena.task(
    [at(x.data), at(x.grad), at(w.data), at(w.grad), at(b?.data), at(b?.grad), at(y.data), at(y.grad)],
    [channels, filters / group, height, width, outHeight, outWidth, ...strides, top, left],
    [pitch, arena.room(room), arena.room(room), arena.room(4 * 9 * filters)],
  )
  if (task === undefined) return undefined
  return {
    forward: (batch) => kernels.depthwiseForward(task, batch),
    backward: (batch) => {
      if (y.grad !== null) kernels.depthwiseBackward(task, batch)
    },
  }
}
