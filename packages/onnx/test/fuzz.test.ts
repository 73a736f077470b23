import { lower, modelOf, OctetError } from '@octet/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { READERS } from '../src/ops/list.ts'
import { GRAPHS } from './graphs.ts'
import { longs, model, node, ones, value, type Description } from './models.ts'

const LONG = process.env['OCTET_TESTS'] === 'long'
const RUNS = Number(process.env['OCTET_FUZZ_RUNS'] ?? (LONG ? 20_000 : 500))
const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** Mostly small, now and then far too large. */
const size = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: -2, max: 9 }) },
  { weight: 1, arbitrary: fc.constantFrom(65_536, 100_000, 2 ** 31, 2 ** 40, 2 ** 53, -(2 ** 40)) },
)
const sizes = fc.array(size, { maxLength: 5 })
const names = ['x', 'a', 'b', 'y', 'w', 'v', 's', '']
const anyNode = fc.record({
  op: fc.constantFrom(...READERS.keys()),
  inputs: fc.array(fc.constantFrom(...names), { maxLength: 5 }),
  attributes: fc.dictionary(
    fc.constantFrom(
      'kernel_shape',
      'strides',
      'pads',
      'dilations',
      'axes',
      'axis',
      'group',
      'ceil_mode',
      'auto_pad',
      'keepdims',
      'value',
    ),
    fc.oneof(
      fc.integer({ min: -3, max: 5 }),
      sizes,
      fc.constantFrom('SAME_UPPER', 'VALID'),
      fc.constantFrom({ float: NaN }, { float: 0.5 }),
    ),
    { maxKeys: 3, noNullPrototype: true },
  ),
})
const assembly = fc
  .record({
    nodes: fc.array(anyNode, { minLength: 1, maxLength: 3 }),
    input: fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), size), { maxLength: 4 }),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }),
    other: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
    longs: sizes,
  })
  .map(({ nodes, input, shape, other, longs: list }): Description => ({
    nodes: nodes.map(({ op, inputs, attributes }, i) =>
      node(op, inputs, ['a', 'b', 'y'][i + 3 - nodes.length], attributes),
    ),
    inputs: [value('x', ['N', ...input])],
    initializers: [ones('w', shape), ones('v', other), longs('s', list)],
  }))

/** A graph that can be run, or an OctetError that says how to mend it; nothing else. */
function importOrRefuse(bytes: Uint8Array): void {
  try {
    const graph = importOnnx(bytes)
    const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer: NORMALIZER })
    expect(program.steps.length).toBeGreaterThan(0)
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    expect(error.mend).toBeTruthy()
    expect(error.message.length).toBeLessThan(1000)
  }
}

describe('importing anything', () => {
  it('refuses bytes that are not a model with nothing but an OctetError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => importOnnx(bytes)).toThrow(OctetError)
      }),
    )
  })

  it('gives an OctetError or a graph for any assembly of nodes', () => {
    fc.assert(
      fc.property(assembly, (description) => {
        importOrRefuse(model(description))
      }),
      { numRuns: RUNS },
    )
  })

  it.each([[], [''], ['x'], ['', 'x'], ['x', '']].map((inputs) => ({ inputs })))(
    'gives an OctetError or a graph for any op of inputs $inputs',
    ({ inputs }) => {
      for (const op of READERS.keys())
        importOrRefuse(model({ nodes: [node(op, inputs, 'y', {})], inputs: [value('x', ['N', 1, 4, 4])] }))
    },
  )

  it('gives an OctetError or a graph for a model that is cut short or altered', () => {
    const whole = GRAPHS.map((graph) => exportOnnx(graph))
    const damaged = fc.record({
      bytes: fc.constantFrom(...whole),
      length: fc.nat(),
      edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(damaged, ({ bytes, length, edits }) => {
        const copy = bytes.slice(0, edits.length > 1 ? undefined : length % bytes.length)
        for (const [at, byte] of edits) copy[at % bytes.length] = byte
        importOrRefuse(copy)
      }),
      { numRuns: RUNS },
    )
  })
})
