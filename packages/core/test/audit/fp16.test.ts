import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auditFp16, type Fp16Account } from '../../src/audit/fp16.ts'
import { shareBetween, shareFrom } from '../../src/audit/share.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { observe } from '../../src/execute/observe.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { chain, IDENTITY, outputOf, samples } from '../quantize/nets.ts'

const X = tensor('float32', [3, 2, 1, 1], Float32Array.of(1, 0.5, 0.25, 1, 0.75, 0.125))

async function audit(model: Model, x: Tensor<'float32'> = X): Promise<Map<string, Fp16Account>> {
  const accounts = auditFp16(model, await observe(model, IDENTITY, [x]))
  return new Map(accounts.map((account) => [`${account.subject} ${account.name}`, account]))
}

/** FP16 beside FP32 on the same samples: dB, or NaN where FP16 is not finite. */
async function outcome(model: Model, x: Tensor<'float32'> = X): Promise<number> {
  const [float, half] = [
    await outputOf({ precision: 'fp32', model }, x),
    await outputOf({ precision: 'fp16', model }, x),
  ]
  return half.every(Number.isFinite) ? sqnrDb(float, half) : NaN
}

function diagonal(build: GraphBuilder, name: string, input: string, ...gains: number[]): string {
  const count = gains.length
  const data = Float32Array.from({ length: count * count }, (_, i) =>
    i % (count + 1) === 0 ? gains[Math.floor(i / count)] : 0,
  )
  return build.conv(name, input, [count, count, 1, 1], { data })
}

describe('overflow', () => {
  test('that nothing takes back is reported with its share, and FP16 indeed fails', async () => {
    const build = new GraphBuilder()
    const y = diagonal(build, 'up', diagonal(build, 'first', 'x', 400, 1), 400, 1)
    diagonal(build, 'down', y, 1e-4, 1)
    const model = modelOf(build.graph([2, 1, 1]))
    const accounts = await audit(model)
    const account = accounts.get('tensor up.y')!
    expect(account).toMatchObject({ verdict: 'overflows', largest: 160_000, absorbedBy: [] })
    // 160000 and 120000 of six values; 40000 still fits.
    expect(account.overflow.least).toBeCloseTo(2 / 6, 6)
    expect(account.overflow.most).toBeCloseTo(2 / 6, 6)
    expect(account.words).toBe(
      '"up.y" reaches 1.600e+5: 33% of its values become infinite in FP16, and the output with them',
    )
    expect([...accounts.values()].filter(({ verdict }) => verdict === 'overflows')).toEqual([account])
    expect(await outcome(model)).toBeNaN()
  })

  test('begins at 65520 and not at 65519', async () => {
    for (const [gain, verdict] of [
      [65519, 'fine'],
      [65520, 'overflows'],
    ] as const) {
      const build = new GraphBuilder()
      diagonal(build, 'up', diagonal(build, 'first', 'x', 256, 1), gain / 256, 1)
      const model = modelOf(build.graph([2, 1, 1]))
      expect((await audit(model)).get('tensor up.y')!.verdict).toBe(verdict)
      expect(Number.isFinite(await outcome(model))).toBe(verdict === 'fine')
    }
  })

  test('to minus infinity is absorbed by a Softmax, to plus infinity is not', async () => {
    for (const [gain, verdict] of [
      [-1000, 'absorbed'],
      [1000, 'overflows'],
    ] as const) {
      const build = new GraphBuilder()
      const y = diagonal(build, 'up', diagonal(build, 'first', 'x', 1000, 1), gain, 1)
      build.add({
        op: 'Softmax',
        name: 'p',
        inputs: [build.flatten('flat', y)],
        output: 'p.y',
        attributes: { axis: 1 },
      })
      const model = modelOf(build.graph([2, 1, 1]))
      const account = (await audit(model)).get('tensor up.y')!
      expect(account.verdict).toBe(verdict)
      expect(account.absorbedBy).toEqual(verdict === 'absorbed' ? ['p'] : [])
      expect(Number.isNaN(await outcome(model))).toBe(verdict === 'overflows')
      if (verdict === 'absorbed') expect(account.words).toContain('which "p" hides')
    }
  })

  test('is absorbed where every reader clamps it, and only then', async () => {
    const net = (last: 'clip' | 'relu'): Model => {
      const build = new GraphBuilder()
      const y = diagonal(build, 'up', diagonal(build, 'first', 'x', 400, 1), 400, 1)
      const clip = (name: string): string =>
        build.add({ op: 'Clip', name, inputs: [y], output: `${name}.y`, attributes: { min: 0, max: 6 } })
      const sides = [clip('a'), last === 'clip' ? clip('b') : build.relu('b', y)]
      build.add({ op: 'Add', name: 'sum', inputs: sides, output: 'sum.y', attributes: null })
      return modelOf(build.graph([2, 1, 1]))
    }
    const absorbed = (await audit(net('clip'))).get('tensor up.y')!
    expect(absorbed).toMatchObject({ verdict: 'absorbed', absorbedBy: ['a', 'b'] })
    expect(await outcome(net('clip'))).toBeGreaterThan(60)
    expect((await audit(net('relu'))).get('tensor up.y')).toMatchObject({
      verdict: 'overflows',
      absorbedBy: ['a'],
    })
    expect(await outcome(net('relu'))).toBeNaN()
  })

  test('behind which a fused clamp holds the stored value is none', async () => {
    const build = new GraphBuilder()
    const y = diagonal(build, 'up', diagonal(build, 'first', 'x', 400, 1), 400, 1)
    build.add({ op: 'Clip', name: 'six', inputs: [y], output: 'six.y', attributes: { min: 0, max: 6 } })
    const model = modelOf(build.graph([2, 1, 1]))
    expect([...(await audit(model)).values()].map(({ verdict }) => verdict)).toEqual([
      'fine',
      'fine',
      'fine',
      'fine',
      'fine',
    ])
    expect(await outcome(model)).toBeGreaterThan(60)
  })

  test('of a weight is counted exactly', async () => {
    const build = new GraphBuilder()
    diagonal(build, 'back', diagonal(build, 'huge', 'x', 70_000, 1), 1e-3, 1)
    const model = modelOf(build.graph([2, 1, 1]))
    expect((await audit(model)).get('weights huge')).toMatchObject({
      verdict: 'overflows',
      overflow: { least: 0.25, most: 0.25 },
      words: 'weights of Conv "huge" reach 7.000e+4: 25% become infinite in FP16',
    })
    expect(await outcome(model)).toBeNaN()
  })
})

describe('vanishing', () => {
  test('of a whole tensor is found, and FP16 indeed loses it', async () => {
    const build = new GraphBuilder()
    const tiny = diagonal(build, 'b', diagonal(build, 'a', 'x', 1e-3, 1e-3), 1e-3, 1e-3)
    diagonal(build, 'd', diagonal(build, 'c', tiny, 1e3, 1e3), 1e3, 1e3)
    const small = tensor('float32', [3, 2, 1, 1], X.data.map((x) => x * 0.02) as Float32Array)
    const model = modelOf(build.graph([2, 1, 1]))
    const account = (await audit(model, small)).get('tensor b.y')!
    expect(account).toMatchObject({ verdict: 'vanishes', vanishing: { least: 1, most: 1 } })
    expect(account.words).toBe(
      '"b.y" holds small values that FP16 loses: 100% of those that are not zero vanish, 100% are below ' +
        '2^-14, and all of it needs them',
    )
    expect(await outcome(model, small)).toBeLessThan(6)
  })

  test('of one channel is found by the weights that need it', async () => {
    const net = (gain: number): Model => {
      const build = new GraphBuilder()
      diagonal(build, 'up', diagonal(build, 'down', 'x', 1e-6, 1), gain, 1e-3)
      return modelOf(build.graph([2, 1, 1]))
    }
    const account = (await audit(net(6e4))).get('tensor down.y')!
    expect(account.verdict).toBe('vanishes')
    expect(account.words).toContain('Conv "up" needs them')
    expect(await outcome(net(6e4))).toBeLessThan(40)
    expect((await audit(net(1))).get('tensor down.y')!.verdict).toBe('fine')
    expect(await outcome(net(1))).toBeGreaterThan(60)
  })

  test('of small values beside large ones is reported and no fault: a Softmax is full of them', async () => {
    const build = new GraphBuilder()
    const y = build.flatten('flat', diagonal(build, 'logits', 'x', 60, -60))
    build.add({ op: 'Softmax', name: 'p', inputs: [y], output: 'p.y', attributes: { axis: 1 } })
    const model = modelOf(build.graph([2, 1, 1]))
    const account = (await audit(model)).get('tensor p.y')!
    expect(account.vanishing.most).toBeGreaterThan(0)
    expect(account.verdict).toBe('fine')
  })

  test('of weights is found where the output needs them, and is no fault where it does not', async () => {
    const net = (other: number): Model => {
      const build = new GraphBuilder()
      build.conv('tiny', 'x', [1, 2, 1, 1], { data: Float32Array.of(1e-8, other) })
      return modelOf(build.graph([2, 1, 1]))
    }
    expect((await audit(net(0))).get('weights tiny')).toMatchObject({
      verdict: 'vanishes',
      vanishing: { least: 1, most: 1 },
    })
    expect((await audit(net(1))).get('weights tiny')).toMatchObject({
      verdict: 'fine',
      vanishing: { least: 0.5, most: 0.5 },
    })
  })
})

test('an ordinary network has nothing to report', async () => {
  const accounts = await audit(chain(), samples([16, 3, 8, 8]))
  // The input, seven layers, and the weights of five of them.
  expect(accounts.size).toBe(13)
  for (const { verdict, words } of accounts.values()) {
    expect(verdict).toBe('fine')
    expect(words).toMatch(/fits? FP16$/)
  }
})

test('a tensor that was not observed is named', () => {
  expect(() => auditFp16(chain(), new Map())).toThrow('tensor "x" was not seen during calibration')
})

test('shares hold the truth between them, whatever the values', () => {
  const magnitude = fc
    .integer({ min: -40, max: 20 })
    .chain((e) => fc.double({ min: 1, max: 2, noNaN: true }).map((m) => m * 2 ** e))
  const value = fc
    .tuple(fc.boolean(), fc.oneof(magnitude, fc.constant(0)))
    .map(([minus, x]) => (minus ? -x : x))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
      const data = Float32Array.from(values)
      const observer = new Observer('t')
      observer.observe(data)
      const { observation } = observer
      const share = (matches: (x: number) => boolean, among: number): number =>
        among === 0 ? 0 : data.filter(matches).length / among
      const others = data.filter((x) => x !== 0).length
      for (const [{ least, most }, truth] of [
        [shareFrom(observation, 'positive', 65520), share((x) => x >= 65520, data.length)],
        [shareFrom(observation, 'negative', 65520), share((x) => x <= -65520, data.length)],
        [shareBetween(observation, 0, 2 ** -24), share((x) => x !== 0 && Math.abs(x) < 2 ** -24, others)],
        [
          shareBetween(observation, 2 ** -24, 2 ** -14),
          share((x) => Math.abs(x) >= 2 ** -24 && Math.abs(x) < 2 ** -14, others),
        ],
      ] as const) {
        expect(least).toBeLessThanOrEqual(truth + 1e-12)
        expect(most).toBeGreaterThanOrEqual(truth - 1e-12)
      }
    }),
  )
})
