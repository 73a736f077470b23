import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConvNode, elements, type Graph, inferShapes, type Shape, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import type { MatrixProduct, TrainingKernels } from '@octet/core/training'
import { Network } from '../src/network.ts'

const small = (min: number, max: number) => fc.integer({ min, max })
const geometry = fc
  .record({
    kernel: fc.tuple(small(1, 4), small(1, 4)),
    strides: fc.tuple(small(1, 3), small(1, 3)),
    pads: fc.tuple(small(0, 3), small(0, 3), small(0, 3), small(0, 3)),
    dilations: fc.tuple(small(1, 2), small(1, 2)),
    group: small(1, 3),
    channels: small(1, 3),
    filters: small(1, 3),
    size: fc.tuple(small(1, 7), small(1, 7)),
    seed: fc.integer(),
  })
  .filter(({ kernel, pads, dilations, size }) =>
    [0, 1].every(
      (axis) => size[axis] + pads[axis] + pads[axis + 2] >= dilations[axis] * (kernel[axis] - 1) + 1,
    ),
  )

describe('Conv', () => {
  test('equals its definition for any window and grouping', () => {
    fc.assert(
      fc.property(geometry, ({ group, channels, filters, size, seed, ...window }) => {
        const attributes = { ...window, group }
        expect(convError(attributes, [group * channels, ...size], group * filters, seed)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('equals its definition where a kernel package computes the products of a 3x3 window', () => {
    const attributes = {
      kernel: [3, 3],
      strides: [1, 1],
      pads: [1, 1, 1, 1],
      dilations: [1, 1],
      group: 1,
    } as const
    let products = 0
    const multiply: MatrixProduct = (c, a, b, { alpha, add }) => {
      products++
      for (let i = 0; i < c.rows; i++)
        for (let j = 0; j < c.columns; j++) {
          const at = c.offset + i * c.rowStep + j * c.columnStep
          let sum = 0
          for (let k = 0; k < a.columns; k++)
            sum +=
              a.data[a.offset + i * a.rowStep + k * a.columnStep] *
              b.data[b.offset + k * b.rowStep + j * b.columnStep]
          c.data[at] = alpha * sum + (add ? c.data[at] : 0)
        }
    }
    const kernels = { multiply, open: () => undefined }
    expect(convError(attributes, [4, 6, 5], 8, 1, kernels)).toBe(0)
    expect(products).toBeGreaterThan(0)
  })

  test('equals its definition for the depthwise 3x3 loop', () => {
    const attributes = {
      kernel: [3, 3],
      strides: [2, 1],
      pads: [1, 0, 2, 1],
      dilations: [1, 1],
      group: 3,
    } as const
    expect(convError(attributes, [3, 7, 5], 6, 1)).toBe(0)
  })
})

/** The largest difference to the definition, on small integers, which float32 adds exactly. */
function convError(
  attributes: ConvNode['attributes'],
  input: Shape,
  filters: number,
  seed: number,
  kernels?: TrainingKernels,
): number {
  const random = new Random(seed)
  const draw = (shape: Shape) =>
    tensor(
      'float32',
      shape,
      Float32Array.from({ length: elements(shape) }, () => random.below(31) - 15),
    )
  const { group, kernel, strides, pads, dilations } = attributes
  const channels = input[0] / group
  const [w, b] = [draw([filters, channels, ...kernel]), draw([filters])]
  const graph: Graph = {
    name: 'conv',
    inputs: [{ name: 'x', shape: input }],
    output: 'y',
    nodes: [{ op: 'Conv', name: 'conv', inputs: ['x', 'w', 'b'], output: 'y', attributes }],
    initializers: new Map([
      ['w', w],
      ['b', b],
    ]),
  }
  const x = draw([2, ...input]).data
  const network = new Network(graph, 2, kernels)
  network.input.data.set(x)
  network.forward(2, 'infer')
  const [, , height, width] = inferShapes(graph, 2).get('y')!
  let worst = 0
  network.logits.data.forEach((actual, at) => {
    const ox = at % width
    const oy = Math.floor(at / width) % height
    const m = Math.floor(at / (width * height)) % filters
    const n = Math.floor(at / (width * height * filters))
    let sum = b.data[m]
    for (let c = 0; c < channels; c++)
      for (let ky = 0; ky < kernel[0]; ky++)
        for (let kx = 0; kx < kernel[1]; kx++) {
          const iy = oy * strides[0] + ky * dilations[0] - pads[0]
          const ix = ox * strides[1] + kx * dilations[1] - pads[1]
          if (iy < 0 || iy >= input[1] || ix < 0 || ix >= input[2]) continue
          const channel = Math.floor((m * group) / filters) * channels + c
          sum +=
            w.data[((m * channels + c) * kernel[0] + ky) * kernel[1] + kx] *
            x[((n * input[0] + channel) * input[1] + iy) * input[2] + ix]
        }
    worst = Math.max(worst, Math.abs(actual - sum))
  })
  return worst
}
