import { answerOf, elements, lower, modelOf, tensor, type Shape } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { describe, expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { floats, model, node, value, type Description } from './models.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const SAMPLE: Shape = [4, 3, 2]

/** What a model yields on the reference for two samples. */
function run(description: Description, sample: Shape = SAMPLE): { x: Float32Array; y: Float32Array } {
  const shape = [2, ...sample]
  const random = new Random(3)
  const x = Float32Array.from({ length: elements(shape) }, () => random.uniform() * 2 - 0.5)
  const graph = importOnnx(model({ opset: 18, inputs: [value('x', ['N', ...sample])], ...description }))
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 2, normalizer: NORMALIZER })
  return { x, y: answerOf(program, tensor('float32', shape, x)) }
}

function expectClose(found: Float32Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length)
  for (const [i, one] of found.entries()) expect(one).toBeCloseTo(expected[i], 4)
}

/** Equal parts of x, each mapped by itself. */
function byParts(x: Float32Array, size: number, map: (part: number[]) => number[]): number[] {
  return Array.from({ length: x.length / size }, (_, i) =>
    map([...x.subarray(i * size, (i + 1) * size)]),
  ).flat()
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

function centred(values: number[], epsilon: number): number[] {
  const mean = sum(values) / values.length
  const variance = sum(values.map((one) => (one - mean) ** 2)) / values.length
  return values.map((one) => (one - mean) / Math.sqrt(variance + epsilon))
}

describe('normalizations that become several nodes', () => {
  const [gains, offsets] = [
    [0.5, 2, -1, 3],
    [1, 0, 0.25, -2],
  ]
  const affine = [floats('s', [4], gains), floats('b', [4], offsets)]
  const channelOf = (i: number): number => Math.floor(i / 6) % 4

  it('InstanceNormalization: each channel of a sample', () => {
    const { x, y } = run({
      nodes: [node('InstanceNormalization', ['x', 's', 'b'], 'y', { epsilon: { float: 0.01 } })],
      initializers: affine,
    })
    const parts = byParts(x, 6, (part) => centred(part, 0.01))
    expectClose(
      y,
      parts.map((one, i) => one * gains[channelOf(i)] + offsets[channelOf(i)]),
    )
  })

  it.each([
    ['a scale of each channel', 4],
    ['a scale of each group', 2],
  ])('GroupNormalization: each group of channels, with %s', (_, count) => {
    const { x, y } = run({
      nodes: [node('GroupNormalization', ['x', 's', 'b'], 'y', { num_groups: 2 })],
      initializers: [
        floats('s', [count], gains.slice(0, count)),
        floats('b', [count], offsets.slice(0, count)),
      ],
    })
    const at = (i: number): number => Math.floor(channelOf(i) / (4 / count))
    const parts = byParts(x, 12, (part) => centred(part, 1e-5))
    expectClose(
      y,
      parts.map((one, i) => one * gains[at(i)] + offsets[at(i)]),
    )
  })

  it('LRN: each value by the squares of the channels around it', () => {
    const attributes = { size: 3, alpha: { float: 0.3 }, beta: { float: 0.5 }, bias: { float: 2 } }
    const { x, y } = run({ nodes: [node('LRN', ['x'], 'y', attributes)] })
    const expected = [...x].map((one, i) => {
      const around = [-1, 0, 1].filter((step) => channelOf(i) + step >= 0 && channelOf(i) + step < 4)
      const squares = sum(around.map((step) => x[i + 6 * step] ** 2))
      return one / (2 + (0.3 / 3) * squares) ** 0.5
    })
    expectClose(y, expected)
  })

  it.each([1, 2])('LpNormalization by p = %i, a row of zeros staying so', (p) => {
    const { x, y } = run({ nodes: [node('Relu', ['x'], 'h'), node('LpNormalization', ['h'], 'y', { p })] })
    const expected = byParts(
      x.map((one) => Math.max(0, one)),
      2,
      (part) => {
        const norm = p === 1 ? sum(part) : Math.hypot(...part)
        return part.map((one) => (norm === 0 ? 0 : one / norm))
      },
    )
    expectClose(y, expected)
  })

  it('RMSNormalization: the last axis by the root of its mean square', () => {
    const { x, y } = run({
      nodes: [node('RMSNormalization', ['x', 's'], 'y')],
      initializers: [floats('s', [2], [2, -1])],
    })
    const expected = byParts(x, 2, ([a, b]) => {
      const root = Math.sqrt((a * a + b * b) / 2 + 1e-5)
      return [(2 * a) / root, -b / root]
    })
    expectClose(y, expected)
  })
})

describe('a Gemm of what is computed', () => {
  it('with rows of C that are computed adds them', () => {
    const { x, y } = run(
      {
        nodes: [node('Gemm', ['x', 'w', 'x'], 'y', { alpha: { float: 2 }, beta: { float: 3 } })],
        initializers: [floats('w', [2, 2], [1, 2, 3, 4])],
      },
      [2],
    )
    expectClose(
      y,
      byParts(x, 2, ([a, b]) => [2 * (a + 3 * b) + 3 * a, 2 * (2 * a + 4 * b) + 3 * b]),
    )
  })
})

it('ArgMin is the place of the smallest, and GlobalMaxPool the largest of a channel', () => {
  const places = run({ nodes: [node('ArgMin', ['x'], 'y', { axis: 1 })] })
  for (const [i, place] of places.y.entries()) {
    const first = Math.floor(i / 6) * 24 + (i % 6)
    const values = [0, 6, 12, 18].map((step) => places.x[first + step])
    expect(place).toBe(values.indexOf(Math.min(...values)))
  }
  const largest = run({ nodes: [node('GlobalMaxPool', ['x'], 'y')] })
  expectClose(
    largest.y,
    byParts(largest.x, 6, (part) => [Math.max(...part)]),
  )
})
