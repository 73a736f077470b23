import { openReference, type KernelDevice, type OpSpec, type PreparedOp, type Tuned } from '@octet/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bucketOf, specKey } from '../src/tune/bucket.ts'
import { TuningMemory } from '../src/tune/memory.ts'
import type { Choices } from '../src/tune/table.ts'
import { tune } from '../src/tune/tune.ts'
import { gemm, variantsNamed } from './tune-specs.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

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
      expect(reason).toMatch(/elements that were checked differ; element \d+/)
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

  test('holds what it knows to the reference on every spec it meets, and chooses again where it is wrong', async () => {
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
