import type { AveragePoolNode, GlobalAveragePoolNode } from '../../model/graph.ts'
import { elements } from '../../tensor/tensor.ts'
import type { Bind } from '../operator.ts'
import { inside, slide } from '../window.ts'

/** The mean under each window, over the elements inside the input or, with `countIncludePad`, the padded input. */
export const bindAveragePool: Bind<AveragePoolNode> = (node, [x], output) => {
  const s = slide(node.attributes, x.shape, output.shape)
  const { countIncludePad } = node.attributes
  const rows = taps(s.height, s.outHeight, 0)
  const columns = taps(s.width, s.outWidth, 1)
  const channels = output.shape[0]
  return {
    forward(batch) {
      eachWindow(batch, (at, row, y, column) => {
        let sum = 0
        for (let ky = y.first; ky < y.end; ky++)
          for (let kx = column.first; kx < column.end; kx++)
            sum += x.data[row + ky * s.dilations[0] * s.width + kx * s.dilations[1]]
        output.data[at] = sum / (y.count * column.count)
      })
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = output
      if (dx === null || dy === null) return
      eachWindow(batch, (at, row, y, column) => {
        const share = dy[at] / (y.count * column.count)
        for (let ky = y.first; ky < y.end; ky++)
          for (let kx = column.first; kx < column.end; kx++)
            dx[row + ky * s.dilations[0] * s.width + kx * s.dilations[1]] += share
      })
    },
  }

  /** The taps of each position along one axis that lie inside the input, and how many count. */
  function taps(size: number, positions: number, axis: 0 | 1): Taps[] {
    return Array.from({ length: positions }, (_, position) => {
      const start = position * s.strides[axis] - s.pads[axis]
      const [first, end] = inside(start, s.dilations[axis], size, s.kernel[axis])
      const [from, to] = inside(
        start + s.pads[axis],
        s.dilations[axis],
        size + s.pads[axis] + s.pads[axis + 2],
        s.kernel[axis],
      )
      return { start, first, end, count: countIncludePad ? to - from : end - first }
    })
  }

  function eachWindow(batch: number, visit: (at: number, origin: number, y: Taps, x: Taps) => void): void {
    let at = 0
    for (let plane = 0; plane < batch * channels; plane++)
      for (const y of rows)
        for (const column of columns)
          visit(at++, (plane * s.height + y.start) * s.width + column.start, y, column)
  }
}

interface Taps {
  readonly start: number
  readonly first: number
  readonly end: number
  readonly count: number
}

/** The mean of each plane. */
export const bindGlobalAveragePool: Bind<GlobalAveragePoolNode> = (_, [x], output) => {
  const channels = x.shape[0]
  const plane = elements(x.shape) / channels
  return {
    forward(batch) {
      for (let i = 0; i < batch * channels; i++) {
        let sum = 0
        for (let at = i * plane; at < (i + 1) * plane; at++) sum += x.data[at]
        output.data[i] = sum / plane
      }
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = output
      if (dx === null || dy === null) return
      for (let i = 0; i < batch * channels; i++) {
        const share = dy[i] / plane
        for (let at = i * plane; at < (i + 1) * plane; at++) dx[at] += share
      }
    },
  }
}
