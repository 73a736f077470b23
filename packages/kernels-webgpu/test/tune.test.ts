import {
  openReference,
  type ConvSpec,
  type GemmSpec,
  type KernelDevice,
  type OpSpec,
  type PreparedOp,
  type Tuned,
} from '@octet/core'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Variant } from '../src/ops/variant.ts'
import { bucketOf, specKey } from '../src/tune/bucket.ts'
import { instancesOf, type Instance } from '../src/tune/instance.ts'
import { TuningMemory } from '../src/tune/memory.ts'
import { pointOf } from '../src/tune/point.ts'
import type { Choices } from '../src/tune/table.ts'
import { tune } from '../src/tune/tune.ts'
import { isBetter, isHopeless, verdictOf } from '../src/tune/verdict.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

function gemm(m: number, k: number, n: number, dtype: 'float32' | 'int8' = 'int8'): GemmSpec {
  const of = (shape: [number, number]) => ({ dtype, shape })
  return { op: 'Gemm', inputs: [of([m, k])], output: of([m, n]), weightZeroPoints: false }
}

function variantsNamed(...names: string[]): Variant[] {
  return names.map((name) => ({
    name,
    build: () => ({ code: `// ${name}`, workgroups: [1, 1, 1], weightBytes: [], pack: () => [] }),
  }))
}

/** How a variant of the device below behaves. */
interface Behaviour {
  readonly ns?: number
  /** Added to the element at `place`, the first unless told, that it yields. */
  readonly off?: number
  readonly place?: number
  /** Only of outputs of so many rows. */
  readonly only?: number
  readonly writesNothing?: boolean
  readonly firstDispatchMs?: number
  readonly fault?: string
}

/** The reference as a device of several variants, which take the time that is written here. */
function deviceOf(behaviours: Record<string, Behaviour>): {
  device: KernelDevice
  timed: Map<string, number>
  lose: () => void
} {
  const reference = openReference()
  const timed = new Map<string, number>()
  const variantOf = new WeakMap<PreparedOp, string>()
  const dispatched = new Set<string>()
  let clock = 0
  let lost = false
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
  const behaviour = (op: PreparedOp): Behaviour => behaviours[variantOf.get(op)!]
  let last: Behaviour = {}
  const changed: Partial<KernelDevice> = {
    prepare: async (spec, constants, variant = Object.keys(behaviours)[0]) => {
      const { fault } = behaviours[variant]
      if (fault === 'loss') lost = true
      if (lost) throw new Error('device lost')
      if (fault !== undefined) throw new Error(fault)
      const op = await reference.prepare(spec, constants)
      const made = { ...op, variant }
      variantOf.set(made, variant)
      return made
    },
    submit: async (steps) => {
      last = behaviour(steps[0].op)
      const name = variantOf.get(steps[0].op)!
      clock += dispatched.has(name) ? 1 : (last.firstDispatchMs ?? 1)
      dispatched.add(name)
      if (last.writesNothing !== true) await reference.submit(steps)
    },
    finish: async () => {
      if (lost) throw new Error('device lost')
    },
    read: async (source) => {
      const read = await reference.read(source)
      if ((last.only ?? read.shape[0]) === read.shape[0]) read.data[last.place ?? 0] += last.off ?? 0
      return read
    },
    time: async (steps, repeats) => {
      const name = variantOf.get(steps[0].op)!
      timed.set(name, (timed.get(name) ?? 0) + 1)
      clock += 1
      return {
        clock: 'gpu',
        ns: Array.from({ length: repeats }, () => (behaviours[name].ns ?? 1e6) * steps.length),
      }
    },
  }
  const device = new Proxy(reference, {
    get: (target, name: keyof KernelDevice) => {
      const value = changed[name] ?? target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { device, timed, lose: () => (lost = true) }
}

async function tuned(
  behaviours: Record<string, Behaviour>,
  spec: OpSpec = gemm(5, 19, 7),
  budgetMs = 1e6,
): Promise<Tuned> {
  const { device } = deviceOf(behaviours)
  const choices = variantsNamed(...Object.keys(behaviours))
  const [one] = await tune({ device, memory: new TuningMemory(), variants: () => choices }, [spec], {
    budgetMs,
  })
  return one
}

describe('a contest of variants', () => {
  test.each(['int8', 'float32'] as const)('is won by the fastest one that is right, in %s', async (dtype) => {
    const one = await tuned({ plain: {}, fast: { ns: 5e5 }, faster: { ns: 4e5 } }, gemm(5, 19, 7, dtype))
    expect(one).toMatchObject({ variant: 'faster', source: 'measured', ratio: 2.5, rejected: [] })
  })

  test('keeps the default where the gain is too small, or there is none', async () => {
    expect((await tuned({ plain: {}, barely: { ns: 0.98e6 } })).variant).toBe('plain')
    expect((await tuned({ plain: {}, slower: { ns: 1.1e6 } })).variant).toBe('plain')
  })

  test.each([
    [
      'one element differs',
      { off: 1 },
      /its output is not the reference's \(random values\): 1 of 35 elements differ; element 0 is/,
    ],
    ['it leaves its output as it was', { writesNothing: true }, /elements differ/],
    [
      'its shader does not compile',
      { fault: 'the shader does not compile' },
      /^the shader does not compile$/,
    ],
    [
      'it compiles too long',
      { firstDispatchMs: 6000 },
      /^its first dispatch took 6\.0 s, past the cap of 5 s$/,
    ],
  ] as const)('is never won, however fast, by a variant of which %s', async (_, behaviour, reason) => {
    const { variant, rejected } = await tuned({
      plain: {},
      broken: { ns: 1e3, ...behaviour },
      good: { ns: 5e5 },
    })
    expect(variant).toBe('good')
    expect(rejected).toEqual([{ variant: 'broken', reason: expect.stringMatching(reason) as string }])
  })

  test('is won by a right variant though the default is wrong, and says so', async () => {
    const { variant, source, rejected } = await tuned({ plain: { off: 1 }, slow: { ns: 2e6 }, fast: {} })
    expect({ variant, source }).toEqual({ variant: 'fast', source: 'measured' })
    expect(rejected.map((one) => one.variant)).toEqual(['plain'])
    expect(rejected[0].reason).toMatch(/its output is not the reference's .*elements differ/)
  })

  test('goes on past its budget until one variant is right', async () => {
    const one = await tuned({ plain: { off: 1, firstDispatchMs: 50 }, late: {}, never: {} }, undefined, 5)
    expect(one).toMatchObject({ variant: 'late', rejected: [{ variant: 'plain' }] })
  })

  test.each([{ off: 1 }, { writesNothing: true }, { fault: 'the shader does not compile' }])(
    'is won by none where every variant fails (%o)',
    async (behaviour) => {
      const { rejected, ...one } = await tuned({ plain: behaviour, other: { ...behaviour, ns: 1e3 } })
      expect(one).toEqual({ spec: gemm(5, 19, 7), source: 'declined' })
      expect(rejected.map(({ variant }) => variant)).toEqual(['plain', 'other'])
    },
  )

  const LARGE = gemm(300, 700, 130)

  test.each([
    ['the default is wrong', { plain: { off: 1 }, right: {}, third: {} }, ['plain']],
    ['the default is wrong at the end', { plain: { off: 1, place: 38_999 }, right: {} }, ['plain']],
    // No sample has this element, but it differs between variants.
    ['one element in the middle is wrong', { plain: {}, right: {}, odd: { off: 1, place: 20_011 } }, ['odd']],
    ['of the default one in the middle is', { plain: { off: 1, place: 20_011 }, right: {} }, ['plain']],
    [
      'most are wrong',
      { plain: { off: 1, place: 20_011 }, right: {}, odd: { off: 1, place: 20_011 } },
      ['plain', 'odd'],
    ],
  ])('finds among large products that %s', async (_, behaviours: Record<string, Behaviour>, wrong) => {
    const { variant, rejected } = await tuned(behaviours, LARGE)
    expect(rejected.map((one) => one.variant)).toEqual(wrong)
    expect(wrong).not.toContain(variant)
    for (const { reason } of rejected)
      expect(reason).toMatch(/elements that were looked at differ; element \d+/)
  })

  test('declines a large product that no variant computes', async () => {
    const { source, rejected } = await tuned({ plain: { off: 1 }, other: { off: 2 } }, LARGE)
    expect({ source, count: rejected.length }).toEqual({ source: 'declined', count: 2 })
  })

  test('holds variants to the reference on every shape of a bucket', async () => {
    const behaviours = { plain: {}, ragged: { ns: 5e5, off: 1, only: 59 } }
    const { device } = deviceOf(behaviours)
    const choices = variantsNamed('plain', 'ragged')
    const results = await tune(
      { device, memory: new TuningMemory(), variants: () => choices },
      [gemm(64, 32, 64), gemm(59, 32, 64)],
      { budgetMs: 1e6 },
    )
    expect(results.map(({ variant }) => variant)).toEqual(['plain', 'plain'])
    expect(results[0].rejected).toMatchObject([{ variant: 'ragged' }])
  })

  test('times no further what is hopelessly slow', async () => {
    const { device, timed } = deviceOf({ plain: {}, slow: { ns: 1e7 }, near: { ns: 1.05e6 } })
    const choices = variantsNamed('plain', 'slow', 'near')
    await tune({ device, memory: new TuningMemory(), variants: () => choices }, [gemm(5, 19, 7)], {
      budgetMs: 1e6,
    })
    expect([timed.get('slow'), timed.get('near')]).toEqual([3, 9])
  })

  test('ends with the loss of the device', async () => {
    await expect(tuned({ plain: {}, fatal: { fault: 'loss' } })).rejects.toThrow('device lost')
  })
})

describe('tuning', () => {
  const behaviours = { plain: {}, fast: { ns: 5e5 } }
  const choices = variantsNamed('plain', 'fast')

  test('measures a bucket once, and knows it from then on', async () => {
    const { device } = deviceOf(behaviours)
    const memory = new TuningMemory()
    const tunable = { device, memory, variants: () => choices }
    const specs = [gemm(5, 19, 7), gemm(5, 20, 7), gemm(5, 400, 7)]
    const sources = async () => (await tune(tunable, specs, { budgetMs: 1e6 })).map(({ source }) => source)
    expect(await sources()).toEqual(['measured', 'measured', 'measured'])
    expect(await sources()).toEqual(['known', 'known', 'known'])
    expect(memory.recall(bucketOf(specs[0], choices))).toEqual({
      variant: 'fast',
      ratio: 2,
      specs: [specKey(specs[1]), specKey(specs[0])],
    })
  })

  test('starts nothing after its budget, with the most work first', async () => {
    const { device } = deviceOf({ plain: { firstDispatchMs: 20 }, fast: { ns: 5e5 } })
    const results = await tune(
      { device, memory: new TuningMemory(), variants: () => choices },
      [gemm(1, 8, 8), gemm(64, 64, 64)],
      { budgetMs: 5 },
    )
    expect(results.map(({ source }) => source)).toEqual(['default', 'measured'])
  })

  test('keeps for later processes only what it saw to the end', async () => {
    const kept: string[] = []
    const memory = new TuningMemory({}, async (learned) => void kept.push(...Object.keys(learned)))
    const { device } = deviceOf({ plain: { firstDispatchMs: 20 }, fast: { ns: 5e5 } })
    const tunable = { device, memory, variants: () => choices }
    await tune(tunable, [gemm(64, 64, 64)], { budgetMs: 5 })
    expect(kept).toEqual([])
    await tune(tunable, [gemm(8, 8, 8)], { budgetMs: 1e6 })
    expect(kept).toEqual([bucketOf(gemm(8, 8, 8), choices)])
  })

  test('keeps no wrong variant, and knows which are wrong', async () => {
    const kept: Choices[] = []
    const memory = new TuningMemory({}, async (learned) => void kept.push(learned))
    const { device } = deviceOf({ plain: { off: 1 }, slow: {} })
    const tunable = { device, memory, variants: () => variantsNamed('plain', 'slow') }
    const bucket = bucketOf(gemm(5, 19, 7), variantsNamed('plain', 'slow'))
    await tune(tunable, [gemm(5, 19, 7)], { budgetMs: 1e6 })
    expect(kept).toEqual([
      {
        [bucket]: {
          variant: 'slow',
          ratio: 1,
          specs: [specKey(gemm(5, 19, 7))],
          wrong: { plain: expect.stringContaining('not the reference') as string },
        },
      },
    ])
    const [again] = await tune(tunable, [gemm(5, 19, 7)], { budgetMs: 1e6 })
    expect(again).toMatchObject({ variant: 'slow', source: 'known', rejected: [{ variant: 'plain' }] })
  })

  test('tries again what it declined, and keeps that only if results were wrong', async () => {
    const kept: Choices[] = []
    const memory = new TuningMemory({}, async (learned) => void kept.push(learned))
    const behaviours: Record<string, Behaviour> = { plain: { fault: 'out of memory' }, fast: { off: 1 } }
    const { device } = deviceOf(behaviours)
    const tunable = { device, memory, variants: () => choices }
    const run = async (): Promise<string> =>
      (await tune(tunable, [gemm(5, 19, 7)], { budgetMs: 1e6 }))[0].source
    expect([await run(), kept]).toEqual(['declined', []])
    behaviours['plain'] = { off: 1 }
    expect([await run(), kept.length]).toEqual(['declined', 1])
    behaviours['plain'] = {}
    expect([await run(), kept.length]).toEqual(['measured', 2])
    expect(memory.recall(bucketOf(gemm(5, 19, 7), choices))?.variant).toBe('plain')
  })

  test.each([
    ['is held to the reference once, not timed, and kept', {}, { variant: 'fast', source: 'known' }],
    ['that is wrong here is replaced', { off: 1 }, { variant: 'plain', source: 'measured' }],
  ])('a shipped choice %s', async (_, behaviour: Behaviour, expected) => {
    const kept: Choices[] = []
    const bucket = bucketOf(gemm(5, 19, 7), choices)
    const shipped = { [bucket]: { variant: 'fast', ratio: 2 } }
    const memory = new TuningMemory(shipped, async (learned) => void kept.push(learned))
    const { device, timed } = deviceOf({ plain: {}, fast: behaviour })
    const tunable = { device, memory, variants: () => choices }
    expect(await tune(tunable, [gemm(5, 19, 7)], { budgetMs: 1e6 })).toMatchObject([expected])
    expect(timed.size).toBe(0)
    expect(kept).toMatchObject([{ [bucket]: { variant: expected.variant } }])
    expect(memory.recall(bucket)?.specs).toEqual([specKey(gemm(5, 19, 7))])
  })

  test('holds what it knows to the reference on every spec it meets, and chooses again where that is wrong', async () => {
    const kept: Choices[] = []
    const memory = new TuningMemory({}, async (learned) => void kept.push(learned))
    const { device, timed } = deviceOf({ plain: {}, fast: { ns: 5e5, off: 1, only: 59 } })
    const tunable = { device, memory, variants: () => choices }
    const [square, alike, ragged] = [gemm(64, 32, 64), gemm(63, 32, 64), gemm(59, 32, 64)]
    const run = async (spec: OpSpec) => (await tune(tunable, [spec], { budgetMs: 1e6 }))[0]
    expect(await run(square)).toMatchObject({ variant: 'fast', source: 'measured' })
    const times = timed.get('fast')
    expect(await run(alike)).toMatchObject({ variant: 'fast', source: 'known' })
    expect(timed.get('fast')).toBe(times)
    expect(await run(ragged)).toMatchObject({ variant: 'plain', rejected: [{ variant: 'fast' }] })
    expect(kept.map((one) => one[bucketOf(square, choices)].variant)).toEqual(['fast', 'fast', 'plain'])
    expect(await run(square)).toMatchObject({
      variant: 'plain',
      source: 'known',
      rejected: [{ variant: 'fast' }],
    })
  })

  test('leaves out what is not supported and measures nothing where there is no choice', async () => {
    const { device, timed } = deviceOf(behaviours)
    const variants = (spec: OpSpec) => (spec.inputs[0].dtype === 'int8' ? choices.slice(0, 1) : [])
    const results = await tune(
      { device, memory: new TuningMemory(), variants },
      [gemm(2, 2, 2, 'float32'), gemm(2, 2, 2)],
      {
        budgetMs: 1e6,
      },
    )
    expect(results).toEqual([{ spec: gemm(2, 2, 2), variant: 'plain', source: 'default', rejected: [] }])
    expect(timed.size).toBe(0)
  })
})

describe('a bucket', () => {
  const choices = variantsNamed('a', 'b')
  const conv = {
    op: 'Conv',
    inputs: [{ dtype: 'int8', shape: [1, 16, 8, 8] }],
    output: { dtype: 'int8', shape: [1, 16, 8, 8] },
    kernel: [3, 3],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    group: 1,
    weightZeroPoints: false,
  } satisfies OpSpec

  test('holds sizes that round to the same powers of two, and no others', () => {
    expect(bucketOf(gemm(60, 250, 130), choices)).toBe(bucketOf(gemm(64, 256, 128), choices))
    expect(bucketOf(gemm(64, 512, 128), choices)).not.toBe(bucketOf(gemm(64, 256, 128), choices))
  })

  test('tells apart dtype, structure, bits of weights, and the shaders there are', () => {
    const others = [
      bucketOf(conv, choices),
      bucketOf({ ...conv, group: 16 }, choices),
      bucketOf({ ...conv, strides: [2, 2] }, choices),
      bucketOf({ ...conv, weightBits: 4 }, choices),
      bucketOf({ ...conv, weightZeroPoints: true }, choices),
      bucketOf({ ...conv, output: { ...conv.output, dtype: 'float32' } }, choices),
      bucketOf(conv, variantsNamed('a', 'c')),
    ]
    expect(new Set(others).size).toBe(others.length)
  })
})

describe('a verdict', () => {
  test('is the median with the narrowest interval of order statistics that has 95%', () => {
    const ratios = [5, 1, 9, 3, 7, 2, 8, 4, 6]
    expect(verdictOf(ratios)).toEqual({ ratio: 5, low: 2, high: 8 })
    expect(verdictOf([1, 2, 3, 4, 5, 6])).toEqual({ ratio: 3.5, low: 1, high: 6 })
    expect(verdictOf([2, 2, 2, 2, 2]).low).toBe(0)
  })

  test('that a variant is better takes significance and 3%', () => {
    expect(isBetter({ ratio: 1.05, low: 1.01, high: 2 })).toBe(true)
    expect(isBetter({ ratio: 1.5, low: 0.99, high: 2 })).toBe(false)
    expect(isBetter({ ratio: 1.02, low: 1.01, high: 2 })).toBe(false)
  })

  test('a clock that reads nothing makes nothing better', () => {
    expect(isHopeless([NaN, NaN, NaN])).toBe(true)
    expect(isBetter(verdictOf(Array.from({ length: 9 }, () => NaN)))).toBe(false)
  })

  test('contains the median, always', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 6, maxLength: 40 }),
        (ratios) => {
          const { ratio, low, high } = verdictOf(ratios)
          expect(low).toBeLessThanOrEqual(ratio)
          expect(high).toBeGreaterThanOrEqual(ratio)
        },
      ),
    )
  })
})

describe('the oracle', () => {
  const conv: ConvSpec = {
    op: 'Conv',
    inputs: [{ dtype: 'int8', shape: [2, 6, 5, 7] }],
    output: { dtype: 'int8', shape: [2, 9, 4, 3] },
    kernel: [3, 2],
    strides: [2, 3],
    pads: [1, 1, 3, 2],
    dilations: [1, 2],
    group: 3,
    weightZeroPoints: true,
  }
  const float = (spec: OpSpec): OpSpec => ({
    ...spec,
    inputs: spec.inputs.map((one) => ({ ...one, dtype: 'float32' })),
    output: { ...spec.output, dtype: 'float32' },
  })
  const matMul: OpSpec = {
    op: 'MatMul',
    inputs: [
      { dtype: 'int8', shape: [4, 9] },
      { dtype: 'int8', shape: [9, 6] },
    ],
    output: { dtype: 'int8', shape: [4, 6] },
  }

  test.each([
    conv,
    { ...float(conv), weightZeroPoints: false },
    gemm(6, 11, 5),
    gemm(6, 11, 5, 'float32'),
    matMul,
    float(matMul),
  ] as OpSpec[])('has the same value at every point of $op $inputs.0.dtype as in the whole', async (spec) => {
    const reference = openReference()
    const compute = async ({ spec: one, constants, inputs }: Omit<Instance, 'name'>) => {
      const op = await reference.prepare(one, constants)
      const held = inputs.map((input) => reference.alloc(input))
      for (const [i, input] of inputs.entries()) await reference.write(held[i], input)
      const output = reference.alloc(one.output)
      await reference.submit([{ op, inputs: held, output }])
      return (await reference.read(output)).data
    }
    for (const instance of instancesOf(spec)) {
      const whole = await compute(instance)
      for (const [place, value] of whole.entries())
        expect([...(await compute(pointOf(instance, place)))], `${instance.name} ${place}`).toEqual([value])
    }
  })
})

test('no extremes are drawn whose sums leave int32', () => {
  expect(instancesOf(gemm(1, 120_000, 1))).toHaveLength(2)
  expect(instancesOf(gemm(1, 128_000, 1))).toHaveLength(1)
})

test('the extremes of an instance are extreme, its sums within int32 and its outputs not all saturated', () => {
  for (const spec of [gemm(3, 515, 5), { ...gemm(3, 515, 5), weightBits: 4 } as const]) {
    const [random, extremes] = instancesOf(spec)
    expect(Math.min(...random.inputs[0].data)).toBe(-128)
    expect(Math.max(...random.inputs[0].data)).toBe(127)
    expect(new Set(extremes.inputs[0].data)).toEqual(new Set([-128]))
    const { constants } = extremes
    if (constants.kind !== 'int-weights') throw new Error('weights of another kind')
    const bound = spec.weightBits === 4 ? 8 : 128
    expect(new Set(constants.weight.data)).toEqual(new Set([-bound]))
    const sum = 515 * 125 * bound
    expect(Math.abs(sum * constants.multiplier[0])).toBeLessThan(100)
    expect(Math.abs(sum * constants.multiplier[0])).toBeGreaterThan(30)
  }
})
