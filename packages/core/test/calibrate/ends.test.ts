import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stretchesOf } from '../../src/calibrate/ends.ts'
import { mergeObservations } from '../../src/calibrate/observation.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { observe } from '../../src/execute/observe.ts'
import { withZero, type Range } from '../../src/numerics/qparams.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { chain, IDENTITY, samples } from '../quantize/nets.ts'

function seen(values: readonly (readonly number[])[], parts = 1): Observer {
  const observer = new Observer('t')
  for (let from = 0; from < values.length; from += parts) {
    const part = values.slice(from, from + parts)
    observer.observe(Float32Array.from(part.flat()), new Uint8Array(part.length))
  }
  return observer
}

const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(NaN, Infinity, -Infinity))
const sets = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 8 })

const widthOf = (range: Range | null): number => {
  const { min, max } = withZero(range ?? { min: 0, max: 0 })
  return max - min
}

describe('the samples at the ends of a range', () => {
  test('are those without which a new observation has the narrower range', () => {
    fc.assert(
      fc.property(sets, fc.integer({ min: 1, max: 3 }), (values, parts) => {
        const { ends, range } = seen(values, parts).observation
        for (const { end, sample, value: at, share } of stretchesOf(ends)) {
          expect(at).toBe(range![end === 'low' ? 'min' : 'max'])
          expect(values[sample]).toContain(at)
          expect(values.slice(0, sample).flat()).not.toContain(at)
          const others = seen(values.filter((_, i) => i !== sample)).observation
          // Where one sample sets both ends, each is judged with the other end as it is.
          const kept = others.range && {
            ...range!,
            ...(end === 'low' ? { min: others.range.min } : { max: others.range.max }),
          }
          expect(share).toBeCloseTo(kept ? 1 - widthOf(kept) / widthOf(range) : 0, 12)
        }
      }),
    )
  })

  test('are the same of two passes that are merged', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const merged = mergeObservations(seen(a).observation, seen(b).observation)
        expect(merged.ends).toEqual(seen([...a, ...b]).observation.ends)
      }),
    )
  })

  test('are unknown where samples are not told apart', () => {
    const observer = new Observer('t')
    observer.observe(Float32Array.of(1, 2))
    expect(observer.observation.ends).toBeNull()
    expect(stretchesOf(null)).toEqual([])
  })

  test('agree with a pass that leaves the sample out, in every tensor of a model', async () => {
    const x = samples([12, 3, 8, 8])
    x.data.subarray(5 * 192, 6 * 192).forEach((one, i) => (x.data[5 * 192 + i] = 4 * one))
    const all = await observe(chain(), IDENTITY, [x])
    const without = await observe(chain(), IDENTITY, [leaving(x, 5)])
    for (const [name, { ends, range }] of all)
      for (const one of stretchesOf(ends)) {
        const side = one.end === 'low' ? 'min' : 'max'
        expect(one.value).toBe(range![side])
        if (one.sample === 5) expect(one.without).toBe(without.get(name)!.range![side])
      }
    expect(stretchesOf(all.get('x')!.ends).map(({ sample }) => sample)).toEqual([5, 5])
    expect(stretchesOf(all.get('x')!.ends)[0].share).toBeGreaterThan(0.3)
  })
})

function leaving({ shape, data }: Tensor<'float32'>, sample: number): Tensor<'float32'> {
  const size = data.length / shape[0]
  const kept = Float32Array.from(data.filter((_, i) => Math.floor(i / size) !== sample))
  return tensor('float32', [shape[0] - 1, ...shape.slice(1)], kept)
}
