import { answerOf, lower, modelOf, tensor } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { longs, model, node, value } from './models.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** What a model makes of each of its inputs' numbers, as its file gives their shapes. */
function answer(
  description: Parameters<typeof model>[0],
  inputs: readonly (readonly number[])[],
  output = 'y',
): number[] {
  const graph = importOnnx(model(description), { output })
  const samples = graph.inputs.map(({ shape }, i) =>
    tensor('float32', [1, ...shape], Float32Array.from(inputs[i])),
  )
  return [
    ...answerOf(
      lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer: NORMALIZER }),
      samples,
    ),
  ]
}

const count = (length: number): number[] => Array.from({ length }, (_, i) => i)

describe('MaxPool', () => {
  const pooled = (order: number): number[] =>
    answer(
      {
        nodes: [
          node('MaxPool', ['x'], ['p', 'y'], {
            kernel_shape: [2, 2],
            strides: [2, 2],
            pads: [1, 1, 0, 0],
            storage_order: order,
          }),
        ],
        inputs: [value('x', [1, 2, 3, 3])],
        outputs: [value('y', [1, 2, 2, 2], 7)],
      },
      [count(18)],
    )

  it('says where in the whole input the largest values stand, padding left out', () => {
    expect(pooled(0)).toEqual([0, 2, 6, 8, 9, 11, 15, 17])
  })

  it('counts along columns with storage_order 1', () => {
    expect(pooled(1)).toEqual([0, 6, 2, 8, 9, 15, 11, 17])
  })
})

describe('GridSample', () => {
  const sampled = (
    attributes: Readonly<Record<string, string | number>>,
    points: readonly number[],
  ): number[] =>
    answer(
      {
        opset: 20,
        nodes: [node('GridSample', ['x', 'g'], 'y', attributes)],
        inputs: [value('x', [1, 1, 2, 2]), value('g', [1, 1, points.length / 2, 2])],
        outputs: [value('y', [1, 1, 1, points.length / 2])],
      },
      [[1, 2, 3, 4], points],
    )

  it('takes the mean of four pixels in their middle, and pixels at the corners', () => {
    expect(sampled({ align_corners: 1 }, [0, 0, -1, -1, 1, -1, 1, 1])).toEqual([2.5, 1, 2, 4])
  })

  it('has zeros, the border or a reflection beyond the image', () => {
    const beyond = [3, -0.5]
    expect(sampled({ padding_mode: 'zeros' }, beyond)).toEqual([0])
    expect(sampled({ padding_mode: 'border' }, beyond)).toEqual([2])
    expect(sampled({ padding_mode: 'reflection' }, beyond)).toEqual([1])
  })

  it('takes the nearest pixel', () => {
    expect(sampled({ mode: 'nearest' }, [-0.4, 0.9, 0.6, -0.2])).toEqual([3, 2])
  })
})

describe('forms at the edge', () => {
  it('a model that passes its input on yields it', () => {
    const given = {
      nodes: [node('Identity', ['x'], 'y')],
      inputs: [value('x', ['N', 3])],
      outputs: [value('y', ['N', 3])],
    }
    expect(answer(given, [[4, 5, 6]])).toEqual([4, 5, 6])
  })

  it('a Slice that yields nothing adds nothing to a Concat', () => {
    const description = {
      nodes: [node('Slice', ['x', 's', 'e', 'a'], 'none'), node('Concat', ['x', 'none'], 'y', { axis: -1 })],
      initializers: [longs('s', [3]), longs('e', [9]), longs('a', [1])],
      inputs: [value('x', ['N', 3])],
      outputs: [value('y', ['N', 3])],
    }
    expect(answer(description, [[4, 5, 6]])).toEqual([4, 5, 6])
  })

  it.each([10, 13, 18, 19])('AveragePool of opset %i does not count cells that ceil_mode adds', (opset) => {
    const pool = { kernel_shape: [3], strides: [2], pads: [1, 1], ceil_mode: 1, count_include_pad: 1 }
    const description = {
      opset,
      nodes: [node('AveragePool', ['x'], 'y', pool)],
      inputs: [value('x', [1, 1, 4])],
      outputs: [value('y', [1, 1, 3])],
    }
    // What ONNX Runtime 1.30 yields of ones, for each of these opsets.
    const [first, second, last] = answer(description, [[1, 1, 1, 1]])
    expect([first.toFixed(4), second, last]).toEqual(['0.6667', 1, 0.5])
  })
})
