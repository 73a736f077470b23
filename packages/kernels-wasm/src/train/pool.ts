import { elements, type GlobalAveragePoolNode, type MaxPoolNode } from '@octet/core'
import { at, type Bind } from './operator.ts'

/** Adjacent windows of 2 x 2 without padding. */
export const bindMaxPool: Bind<MaxPoolNode> = ({ kernels }, node, [x], y) => {
  const [channels, height, width] = x.shape
  const { kernel, strides, pads, dilations } = node.attributes
  const pairs =
    [...kernel, ...strides].every((size) => size === 2) &&
    pads.every((size) => size === 0) &&
    dilations.every((size) => size === 1) &&
    y.shape[1] === height >> 1 &&
    y.shape[2] === width >> 1
  if (!pairs) return undefined
  const [from, to, dx, dy] = [at(x.data), at(y.data), at(x.grad), at(y.grad)]
  return {
    forward: (batch) => kernels.maxPairsForward(to, from, batch * channels, height, width),
    backward: (batch) => {
      if (dx && dy) kernels.maxPairsBackward(dx, dy, from, to, batch * channels, height, width)
    },
  }
}

/** The mean of each plane. */
export const bindGlobalAveragePool: Bind<GlobalAveragePoolNode> = ({ kernels }, _, [x], y) => {
  const [channels] = x.shape
  const plane = elements(x.shape) / channels
  const [from, to, dx, dy] = [at(x.data), at(y.data), at(x.grad), at(y.grad)]
  return {
    forward: (batch) => kernels.meanForward(to, from, batch * channels, plane),
    backward: (batch) => {
      if (dx && dy) kernels.meanBackward(dx, dy, batch * channels, plane)
    },
  }
}
