import { type AveragePoolNode, elements, type GlobalAveragePoolNode } from '@octet/core'
import type { Bind } from './bind.ts'
import { inside, slide, tapsOf, type Sliding, type Taps } from './window.ts'

/** The mean under each window, over the elements inside the input or, with `countIncludePad`, the padded input. */
export const bindAveragePool: Bind<AveragePoolNode> = (node, [x], output) => {
  const s = slide(node.attributes, x.shape, output.shape)
  const [dilationY, dilationX] = s.dilations
  const rows = tapsOf(s, 0)
  const columns = tapsOf(s, 1)
  const { countIncludePad } = node.attributes
  const rowCounts = counts(rows, s, 0, countIncludePad)
  const columnCounts = counts(columns, s, 1, countIncludePad)
  const planes = output.shape[0]

  return {
    forward(batch) {
      let at = 0
      for (let plane = 0; plane < batch * planes; plane++)
        for (let oy = 0; oy < s.outHeight; oy++)
          for (let ox = 0; ox < s.outWidth; ox++, at++) {
            const origin = (plane * s.height + rows.start[oy]) * s.width + columns.start[ox]
            let sum = 0
            for (let ky = rows.first[oy]; ky < rows.end[oy]; ky++)
              for (let kx = columns.first[ox]; kx < columns.end[ox]; kx++)
                sum += x.data[origin + ky * dilationY * s.width + kx * dilationX]
            output.data[at] = sum / (rowCounts[oy] * columnCounts[ox])
          }
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = output
      if (dx === null || dy === null) return
      let at = 0
      for (let plane = 0; plane < batch * planes; plane++)
        for (let oy = 0; oy < s.outHeight; oy++)
          for (let ox = 0; ox < s.outWidth; ox++, at++) {
            const origin = (plane * s.height + rows.start[oy]) * s.width + columns.start[ox]
            const share = dy[at] / (rowCounts[oy] * columnCounts[ox])
            for (let ky = rows.first[oy]; ky < rows.end[oy]; ky++)
              for (let kx = columns.first[ox]; kx < columns.end[ox]; kx++)
                dx[origin + ky * dilationY * s.width + kx * dilationX] += share
          }
    },
  }
}

/** For each position along one axis, the number of taps in the mean. */
function counts({ start, first, end }: Taps, s: Sliding, axis: 0 | 1, padded: boolean): Int32Array {
  if (!padded) return end.map((last, position) => last - first[position])
  const size = (axis === 0 ? s.height : s.width) + s.pads[axis] + s.pads[axis + 2]
  return start.map((from) => {
    const [begin, stop] = inside(from + s.pads[axis], s.dilations[axis], size, s.kernel[axis])
    return stop - begin
  })
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
