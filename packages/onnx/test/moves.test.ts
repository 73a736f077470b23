import { inferShapes, modelOf, type Node } from '@octet/core'
import { describe, expect, it } from 'vitest'
import type { NodeProto } from '../src/generated/onnx_pb.ts'
import { importOnnx } from '../src/index.ts'
import { constant, longs, model, node, value, type Description } from './models.ts'

const INPUT = [value('x', ['N', 4, 6])]
const IMAGE = [value('x', ['N', 4, 6, 8])]
const floats = (name: string, floatData: number[]) =>
  constant({ name, dataType: 1, dims: [BigInt(floatData.length)], floatData })

function nodesOf(description: Description): readonly Node[] {
  return importOnnx(model({ inputs: INPUT, ...description })).nodes
}

/** Shape of a sample that one node yields. */
function sampleOf(description: Description): readonly number[] {
  const graph = importOnnx(model({ inputs: INPUT, ...description }))
  modelOf(graph)
  return inferShapes(graph, 1).get(graph.output)!.slice(1)
}

describe('moves of older opsets, and of newer ones', () => {
  const forms: readonly (readonly [string, Description, Node['attributes']])[] = [
    [
      'Slice to the end of its axes',
      {
        opset: 11,
        nodes: [node('Slice', ['x', 's', 'e'], 'y')],
        initializers: [longs('s', [0, 1, -3]), longs('e', [9, 2 ** 40, -1])],
      },
      { axes: [0, 1, 2], starts: [0, 1, -3], ends: [9, 2 ** 31 - 1, -1], steps: [1, 1, 1] },
    ],
    [
      'Pad of some axes',
      {
        opset: 18,
        nodes: [node('Pad', ['x', 'p', '', 'a'], 'y', { mode: 'edge' })],
        initializers: [longs('p', [1, 2]), longs('a', [-1])],
      },
      { mode: 'edge', pads: [0, 0, 1, 0, 0, 2], value: 0 },
    ],
    [
      'Gather of negative indices',
      { nodes: [node('Gather', ['x', 'i'], 'y', { axis: -1 })], initializers: [longs('i', [-1, 0])] },
      { axis: 2, indices: [5, 0] },
    ],
  ]
  it.each(forms)('%s', (_, description, attributes) => {
    expect(nodesOf(description)[0].attributes).toStrictEqual(attributes)
  })

  const resized = (name: string, description: Partial<Description>, nodes: NodeProto[]) =>
    [name, { inputs: IMAGE, nodes, ...description }] as const
  it.each([
    resized('by scales', { initializers: [floats('s', [1, 1, 2, 0.5])] }, [
      node('Resize', ['x', '', 's'], 'y', { mode: 'nearest' }),
    ]),
    resized('by sizes', { inputs: [value('x', [1, 4, 6, 8])], initializers: [longs('s', [1, 4, 12, 4])] }, [
      node('Resize', ['x', '', '', 's'], 'y', { mode: 'nearest' }),
    ]),
    resized('by the sizes of some axes', { opset: 18, initializers: [longs('s', [4, 12])] }, [
      node('Resize', ['x', '', '', 's'], 'y', { axes: [3, 2] }),
    ]),
  ])('Resize %s', (_, description) => {
    const [{ attributes }] = nodesOf(description)
    expect(attributes).toMatchObject({ sizes: [0, 0, 12, 4], scales: [1, 1, 2, 0.5] })
    expect(sampleOf(description)).toStrictEqual([4, 12, 4])
  })
})

describe('shapes of', () => {
  it.each<[string, Description, number[]]>([
    [
      'Gather by one index, which drops the axis',
      {
        nodes: [node('Gather', ['x', 'i'], 'y', { axis: 1 })],
        initializers: [constant({ name: 'i', dataType: 7, int64Data: [2n] })],
      },
      [6],
    ],
    [
      'Gather by a table of indices',
      {
        nodes: [node('Gather', ['x', 'i'], 'y', { axis: 2 })],
        initializers: [
          constant({ name: 'i', dataType: 7, dims: [2n, 1n, 3n], int64Data: [0n, 1n, 2n, 3n, 4n, 5n] }),
        ],
      },
      [4, 2, 1, 3],
    ],
    [
      'Unsqueeze and Squeeze, attributes',
      {
        opset: 12,
        nodes: [node('Unsqueeze', ['x'], 'u', { axes: [-1, 1] }), node('Squeeze', ['u'], 'y', { axes: [1] })],
      },
      [4, 6, 1],
    ],
    [
      'Unsqueeze and Squeeze, inputs',
      {
        nodes: [node('Unsqueeze', ['x', 'a'], 'u'), node('Squeeze', ['u'], 'y')],
        initializers: [longs('a', [3, 1])],
      },
      [4, 6],
    ],
    [
      'the last of unequal parts',
      {
        opset: 18,
        nodes: [node('Split', ['x'], ['a', 'y'], { axis: 1, num_outputs: 2 })],
        inputs: [value('x', ['N', 5, 6])],
      },
      [2, 6],
    ],
    [
      'given parts that are both read',
      {
        opset: 12,
        nodes: [
          node('Split', ['x'], ['a', 'b'], { axis: 1, split: [1, 3] }),
          node('Concat', ['b', 'a'], 'y', { axis: 1 }),
        ],
      },
      [4, 6],
    ],
  ])('%s', (_, description, sample) => {
    expect(sampleOf(description)).toStrictEqual(sample)
  })
})

it.each<[string, Description, string]>([
  [
    'Split into parts of another sum',
    { nodes: [node('Split', ['x', 's'], ['y', 'b'])], initializers: [longs('s', [1, 9])] },
    'do not add up',
  ],
  [
    'Slice of an axis named twice',
    { nodes: [node('Slice', ['x', 'o', 'o', 'o'], 'y')], initializers: [longs('o', [1, 1])] },
    'each once',
  ],
  [
    'Gather past the end',
    { nodes: [node('Gather', ['x', 'i'], 'y', { axis: 1 })], initializers: [longs('i', [4])] },
    'index 4 is outside',
  ],
  [
    'Pad of another rank',
    { nodes: [node('Pad', ['x', 'p'], 'y')], initializers: [longs('p', [1, 1])] },
    'are not two for each axis',
  ],
  [
    'Resize to a size of 0',
    { nodes: [node('Resize', ['x', '', '', 's'], 'y')], initializers: [longs('s', [2, 4, 0])] },
    'above 0',
  ],
  [
    'DepthToSpace of channels that do not split',
    { inputs: IMAGE, nodes: [node('DepthToSpace', ['x'], 'y', { blocksize: 3 })] },
    'does not split',
  ],
])('refuses %s', (_, description, why) => {
  expect(() => nodesOf(description)).toThrow(why)
})
