import { answerOf, elements, lower, modelOf, type Tensor } from '@octet/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { numbers } from './graphs.ts'
import { floats, model, node, value, type AttributeValue } from './models.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const CHANNELS = 2

/** Sizes, and for each axis a window that fits into its padded size. */
const windows = fc
  .array(
    fc.record({
      size: fc.integer({ min: 4, max: 7 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      front: fc.nat(1),
      behind: fc.nat(1),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((axes) =>
    axes.map((axis) => ({
      ...axis,
      front: Math.min(axis.front, axis.kernel - 1),
      behind: Math.min(axis.behind, axis.kernel - 1),
    })),
  )

type Axes = typeof windows extends fc.Arbitrary<infer T> ? T : never

function attributesOf(axes: Axes): Record<string, AttributeValue> {
  return {
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    pads: [...axes.map(({ front }) => front), ...axes.map(({ behind }) => behind)],
  }
}

/** Every place under a window, axis by axis: `visit` gets an output's index and the cells that lie inside. */
function slide(axes: Axes, visit: (output: number, cells: { input: number; tap: number }[]) => void): number {
  const steps = axes.map(
    ({ size, kernel, stride, front, behind }) => Math.floor((size + front + behind - kernel) / stride) + 1,
  )
  const unravel = (index: number, sizes: readonly number[]): number[] => {
    const at = sizes.map(() => 0)
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at[axis] = index % sizes[axis]
      index = Math.floor(index / sizes[axis])
    }
    return at
  }
  const kernels = axes.map(({ kernel }) => kernel)
  for (let output = 0; output < elements(steps); output++) {
    const at = unravel(output, steps)
    const cells = []
    for (let tap = 0; tap < elements(kernels); tap++) {
      const place = unravel(tap, kernels).map(
        (k, axis) => at[axis] * axes[axis].stride - axes[axis].front + k,
      )
      if (place.every((p, axis) => p >= 0 && p < axes[axis].size))
        cells.push({ input: place.reduce((sum, p, axis) => sum * axes[axis].size + p, 0), tap })
    }
    visit(output, cells)
  }
  return elements(steps)
}

function run(bytes: Uint8Array, x: Tensor<'float32'>): Float32Array {
  const source = { precision: 'fp32', model: modelOf(importOnnx(bytes)) } as const
  return answerOf(lower(source, { batch: x.shape[0], normalizer: NORMALIZER }), x)
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(1e-5))
}

it.each(['MaxPool', 'AveragePool'])('%s runs over 1 to 3 axes', (op) => {
  fc.assert(
    fc.property(windows, (axes) => {
      const sizes = axes.map(({ size }) => size)
      const x = numbers([2, CHANNELS, ...sizes], 3)
      const inputs = [value('x', ['N', CHANNELS, ...sizes])]
      const bytes = model({ nodes: [node(op, ['x'], 'y', attributesOf(axes))], inputs })
      const expected: number[] = []
      for (let plane = 0; plane < 2 * CHANNELS; plane++)
        slide(axes, (_, cells) => {
          const values = cells.map(({ input }) => x.data[plane * elements(sizes) + input])
          expected.push(
            op === 'MaxPool' ? Math.max(...values) : values.reduce((sum, v) => sum + v, 0) / values.length,
          )
        })
      expectClose(run(bytes, x), expected)
    }),
    { numRuns: 60 },
  )
})

it('Conv runs over 1 to 3 axes', () => {
  fc.assert(
    fc.property(windows, fc.constantFrom(1, 2), (axes, group) => {
      const sizes = axes.map(({ size }) => size)
      const taps = elements(axes.map(({ kernel }) => kernel))
      const inner = CHANNELS / group
      const w = numbers([4, inner, ...axes.map(({ kernel }) => kernel)], 5)
      const x = numbers([2, CHANNELS, ...sizes], 3)
      const bytes = model({
        nodes: [node('Conv', ['x', 'w'], 'y', { ...attributesOf(axes), group })],
        inputs: [value('x', ['N', CHANNELS, ...sizes])],
        initializers: [floats('w', [...w.shape], [...w.data])],
      })
      const expected: number[] = []
      for (let n = 0; n < 2; n++)
        for (let m = 0; m < 4; m++)
          slide(axes, (_, cells) => {
            let sum = 0
            for (let c = 0; c < inner; c++)
              for (const { input, tap } of cells) {
                const channel = n * CHANNELS + Math.floor((m * group) / 4) * inner + c
                sum += x.data[channel * elements(sizes) + input] * w.data[(m * inner + c) * taps + tap]
              }
            expected.push(sum)
          })
      expectClose(run(bytes, x), expected)
    }),
    { numRuns: 60 },
  )
})

it('ConvTranspose adds what the Conv of the same window would take, over 1 to 3 axes', () => {
  fc.assert(
    fc.property(windows, fc.constantFrom(1, 2), fc.boolean(), (axes, group, longer) => {
      // The Conv reads an input of these sizes; its output's sizes are those of the ConvTranspose's input.
      const sizes = axes.map(({ size }) => size)
      const kernel = axes.map((axis) => axis.kernel)
      const steps = axes.map(
        (axis) => Math.floor((axis.size + axis.front + axis.behind - axis.kernel) / axis.stride) + 1,
      )
      const least = axes.map(
        (axis, i) => axis.stride * (steps[i] - 1) + axis.kernel - axis.front - axis.behind,
      )
      const extra = sizes.map((size, i) => (longer ? size - least[i] : 0))
      const outputs = 4
      const w = numbers([CHANNELS, outputs / group, ...kernel], 5)
      const x = numbers([2, CHANNELS, ...steps], 3)
      const attributes = { ...attributesOf(axes), group, output_padding: extra }
      const bytes = model({
        nodes: [node('ConvTranspose', ['x', 'w'], 'y', attributes)],
        inputs: [value('x', ['N', CHANNELS, ...steps])],
        initializers: [floats('w', [...w.shape], [...w.data])],
      })
      const exact = axes.map((axis, i) => ({ ...axis, size: longer ? sizes[i] : least[i] }))
      fc.pre(exact.every((axis) => axis.size > 0))
      const taps = elements(kernel)
      const place = elements(exact.map((axis) => axis.size))
      const expected = Array.from({ length: 2 * outputs * place }, () => 0)
      for (let n = 0; n < 2; n++)
        for (let c = 0; c < CHANNELS; c++)
          slide(exact, (step, cells) => {
            const value = x.data[(n * CHANNELS + c) * elements(steps) + step]
            for (let m = 0; m < outputs / group; m++)
              for (const { input, tap } of cells) {
                const channel = Math.floor((c * group) / CHANNELS) * (outputs / group) + m
                expected[(n * outputs + channel) * place + input] +=
                  value * w.data[(c * (outputs / group) + m) * taps + tap]
              }
          })
      expectClose(run(bytes, x), expected)
    }),
    { numRuns: 60 },
  )
})
