import { answerOf, lower, modelOf } from '@octet/core'
import { expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { numbers } from './graphs.ts'
import { floats, model, node, value } from './models.ts'

const [BATCH, STEPS, INPUT, HIDDEN] = [2, 3, 4, 3]
const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

interface State {
  h: number[]
  c: number[]
}

/** A step of each cell by ONNX's equations: what gate `g` of unit `u` gets from the input, and from h. */
type Step = (
  state: State,
  x: (gate: number, unit: number) => number,
  r: (gate: number, unit: number, h: readonly number[]) => number,
) => State

const units = <T>(of: (unit: number) => T): T[] => Array.from({ length: HIDDEN }, (_, unit) => of(unit))

const CELLS: Readonly<Record<string, { gates: number; attributes: Record<string, number>; step: Step }>> = {
  LSTM: {
    gates: 4,
    attributes: {},
    step: ({ h, c }, x, r) => {
      const gate = (g: number, u: number): number => x(g, u) + r(g, u, h)
      const next = units((u) => sigmoid(gate(2, u)) * c[u] + sigmoid(gate(0, u)) * Math.tanh(gate(3, u)))
      return { h: units((u) => sigmoid(gate(1, u)) * Math.tanh(next[u])), c: next }
    },
  },
  'GRU, its reset before the product': {
    gates: 3,
    attributes: { linear_before_reset: 0 },
    step: ({ h, c }, x, r) => {
      const reset = units((u) => sigmoid(x(1, u) + r(1, u, h)) * h[u])
      return { h: blend(h, x, r, (u) => x(2, u) + r(2, u, reset)), c }
    },
  },
  'GRU, its reset behind the product': {
    gates: 3,
    attributes: { linear_before_reset: 1 },
    step: ({ h, c }, x, r) => ({
      h: blend(h, x, r, (u) => x(2, u) + sigmoid(x(1, u) + r(1, u, h)) * r(2, u, h)),
      c,
    }),
  },
  RNN: {
    gates: 1,
    attributes: {},
    step: ({ h, c }, x, r) => ({ h: units((u) => Math.tanh(x(0, u) + r(0, u, h))), c }),
  },
}

function blend(
  h: readonly number[],
  x: Parameters<Step>[1],
  r: Parameters<Step>[2],
  candidate: (unit: number) => number,
): number[] {
  return units((u) => {
    const update = sigmoid(x(0, u) + r(0, u, h))
    return (1 - update) * Math.tanh(candidate(u)) + update * h[u]
  })
}

it.each(
  Object.keys(CELLS).flatMap((name) =>
    (['forward', 'reverse', 'bidirectional'] as const).map((direction) => [name, direction] as const),
  ),
)('%s, %s, gives what its equations say from zeros', (name, direction) => {
  const { gates, attributes, step } = CELLS[name]
  const reverse = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction]
  const count = reverse.length
  const w = numbers([count, gates * HIDDEN, INPUT], 1)
  const r = numbers([count, gates * HIDDEN, HIDDEN], 2)
  const b = numbers([count, 2 * gates * HIDDEN], 3)
  const x = numbers([BATCH, STEPS, INPUT], 4)
  const bytes = model({
    opset: 14,
    nodes: [
      node(name.split(',')[0], ['x', 'w', 'r', 'b'], 'y', {
        ...attributes,
        direction,
        layout: 1,
        hidden_size: HIDDEN,
      }),
    ],
    inputs: [value('x', ['N', STEPS, INPUT])],
    initializers: [w, r, b].map(({ shape, data }, i) => floats('wrb'[i], [...shape], [...data])),
  })
  const source = { precision: 'fp32', model: modelOf(importOnnx(bytes)) } as const
  const actual = answerOf(lower(source, { batch: BATCH, normalizer: NORMALIZER }), x)
  const expected = Array.from({ length: BATCH * STEPS * count * HIDDEN }, () => 0)
  for (const [d, backward] of reverse.entries())
    for (let n = 0; n < BATCH; n++) {
      let state: State = { h: units(() => 0), c: units(() => 0) }
      for (let t = 0; t < STEPS; t++) {
        const at = backward ? STEPS - 1 - t : t
        const row = (gate: number, unit: number): number => (d * gates + gate) * HIDDEN + unit
        const bias = (half: number, gate: number, unit: number): number =>
          b.data[((2 * d + half) * gates + gate) * HIDDEN + unit]
        state = step(
          state,
          (gate, unit) => {
            let sum = bias(0, gate, unit)
            for (let i = 0; i < INPUT; i++)
              sum += w.data[row(gate, unit) * INPUT + i] * x.data[(n * STEPS + at) * INPUT + i]
            return sum
          },
          (gate, unit, h) =>
            h.reduce(
              (sum, value, i) => sum + r.data[row(gate, unit) * HIDDEN + i] * value,
              bias(1, gate, unit),
            ),
        )
        for (let u = 0; u < HIDDEN; u++) expected[((n * STEPS + at) * count + d) * HIDDEN + u] = state.h[u]
      }
    }
  expect(actual.length).toBe(expected.length)
  expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(1e-6))
})
