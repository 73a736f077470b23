import { countOf, tensor, type Graph } from '@octet/core'
import { expect, test } from 'vitest'
import { calibrationBatches } from '../src/sweep/seen.ts'

/** A Conv that pads a sample of one value to [1, side, side]. */
function padded(side: number): Graph {
  const pad = (side - 1) / 2
  return {
    name: 'padded',
    inputs: [{ name: 'x', shape: [1, 1, 1] }],
    output: 'y',
    nodes: [
      {
        op: 'Conv',
        name: 'conv',
        inputs: ['x', 'w'],
        output: 'h',
        attributes: {
          kernel: [1, 1],
          strides: [1, 1],
          pads: [pad, pad, pad, pad],
          dilations: [1, 1],
          group: 1,
        },
      },
      { op: 'GlobalAveragePool', name: 'pool', inputs: ['h'], output: 'y', attributes: null },
    ],
    initializers: new Map([['w', tensor('float32', [1, 1, 1, 1])]]),
  }
}

test.each([
  [1, [32, 32, 6]],
  // 128 MiB a sample.
  [5791, Array.from({ length: 9 }, (_, i) => (i < 8 ? 8 : 6))],
])(
  'calibration takes 32 samples at a time, or as many as a tensor of %i squared has room for',
  (side, sizes) => {
    const calibration = { x: tensor('float32', [70, 1, 1, 1]) }
    const batches = calibrationBatches({ calibration, graph: padded(side) })
    expect(Array.from(batches, countOf)).toEqual(sizes)
  },
)
