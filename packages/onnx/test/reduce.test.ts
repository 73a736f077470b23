import { answerOf, elements, lower, modelOf, tensor, type Shape } from '@octet/core'
import { Random } from '@octet/core/statistics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { floats, longs, model, node, value, type Description } from './models.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** What a model yields on the reference for a batch of samples, from 0.25 up. */
function run(sample: Shape, description: Description): { x: Float32Array; y: Float32Array } {
  const shape = [2, ...sample]
  const random = new Random(3)
  const x = Float32Array.from({ length: elements(shape) }, () => 0.25 + random.uniform())
  const graph = importOnnx(model({ inputs: [value('x', ['N', ...sample])], ...description }))
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 2, normalizer: NORMALIZER })
  return { x, y: answerOf(program, tensor('float32', shape, x)) }
}

/** By ONNX's formulas, of the values that come to one. */
const FUNCTIONS: Readonly<Record<string, (values: number[]) => number>> = {
  ReduceMean: (values) => total(values) / values.length,
  ReduceSum: (values) => total(values),
  ReduceMax: (values) => Math.max(...values),
  ReduceMin: (values) => Math.min(...values),
  ReduceProd: (values) => values.reduce((a, b) => a * b, 1),
  ReduceL1: (values) => total(values.map(Math.abs)),
  ReduceL2: (values) => Math.sqrt(total(values.map((x) => x * x))),
  ReduceSumSquare: (values) => total(values.map((x) => x * x)),
  ReduceLogSum: (values) => Math.log(total(values)),
  ReduceLogSumExp: (values) => Math.log(total(values.map(Math.exp))),
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

/** The values that come to one, for each output in order. */
function gathered(x: Float32Array, shape: Shape, axes: readonly number[]): number[][] {
  const groups = new Map<string, number[]>()
  for (const [i, held] of x.entries()) {
    let rest = i
    const at = shape.map(() => 0)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
    }
    const key = at.map((place, axis) => (axes.includes(axis) ? 0 : place)).join()
    groups.set(key, [...(groups.get(key) ?? []), held])
  }
  return [...groups.values()]
}

describe('functions over axes', () => {
  const drawn = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((sample) =>
    fc.record({
      sample: fc.constant(sample),
      axes: fc.subarray(
        sample.map((_, axis) => axis + 1),
        { minLength: 1 },
      ),
      fromEnd: fc.boolean(),
      keep: fc.boolean(),
    }),
  )
  it.each([
    { what: 'all of an image', sample: [3, 160, 150], axes: [1, 2, 3], behind: 1 },
    { what: 'axes before another', sample: [260, 270, 2], axes: [1, 2], behind: 2 },
  ])('more values than a window has on one side come to one: $what', ({ sample, axes, behind }) => {
    for (const op of ['ReduceMax', 'ReduceMean', 'ReduceMin'] as const) {
      const { x, y } = run(sample, {
        opset: 18,
        nodes: [node('Relu', ['x'], 'held'), node(op, ['held', 'axes'], 'y', { keepdims: 0 })],
        initializers: [longs('axes', axes)],
      })
      const each = elements(sample)
      const expected = Array.from({ length: 2 * behind }, (_, i) => {
        const start = Math.floor(i / behind) * each
        return x.subarray(start, start + each).filter((_, at) => at % behind === i % behind)
      }).map((values) =>
        op === 'ReduceMean'
          ? total([...values]) / values.length
          : values.reduce(op === 'ReduceMax' ? (a, b) => Math.max(a, b) : (a, b) => Math.min(a, b)),
      )
      expect(y).toHaveLength(expected.length)
      for (const [i, found] of y.entries()) expect(found).toBeCloseTo(expected[i], 4)
    }
  })

  it.each(Object.keys(FUNCTIONS))('%s is what its formula says, whatever axes are meant', (op) => {
    fc.assert(
      fc.property(drawn, ({ sample, axes, fromEnd, keep }) => {
        const given = axes.map((axis) => (fromEnd ? axis - sample.length - 1 : axis))
        const attributes = { keepdims: keep ? 1 : 0 }
        const { x, y } = run(sample, {
          opset: 18,
          nodes: [node('Relu', ['x'], 'held'), node(op, ['held', 'axes'], 'y', attributes)],
          initializers: [longs('axes', given)],
        })
        const expected = gathered(x, [2, ...sample], axes).map(FUNCTIONS[op])
        expect(y).toHaveLength(expected.length)
        for (const [i, found] of y.entries()) expect(found).toBeCloseTo(expected[i], 4)
      }),
      { numRuns: 20 },
    )
  })

  it('without axes none is meant where the node says so, and each value is mapped by itself', () => {
    const { x, y } = run([3], {
      opset: 18,
      nodes: [node('ReduceSumSquare', ['x'], 'y', { noop_with_empty_axes: 1 })],
    })
    expect(y).toEqual(x.map((one) => one * one))
  })
})

describe('before opset 13, Softmax', () => {
  it.each(['Softmax', 'LogSoftmax'])('%s runs over all axes from its own on', (op) => {
    const { x, y } = run([3, 4], { opset: 11, nodes: [node(op, ['x'], 'y', { axis: 1 })] })
    for (const first of [0, 12]) {
      const powers = [...x.subarray(first, first + 12)].map(Math.exp)
      const shares = powers.map((power) => power / total(powers))
      for (const [i, share] of shares.entries())
        expect(y[first + i]).toBeCloseTo(op === 'Softmax' ? share : Math.log(share), 5)
    }
  })
})

it('ArgMax yields places, of several the first or the last', () => {
  for (const [last, place] of [
    [0, 0],
    [1, 2],
  ]) {
    const attributes = { axis: -1, keepdims: 0, select_last_index: last }
    const { y } = run([2, 3], {
      nodes: [node('Clip', ['x', '', 'top'], 'held'), node('ArgMax', ['held'], 'y', attributes)],
      initializers: [floats('top', [], [0.25])],
    })
    expect([...y]).toEqual([place, place, place, place])
  }
})
