import { tensor } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { batchOf } from '../src/index.ts'
import { fitNormalizer } from '../src/normalizer.ts'
import { rowsAbsentFrom } from '../src/overlap.ts'
import { select, strataOf, type Samples } from '../src/samples.ts'

const samples: Samples = {
  x: tensor('uint8', [3, 2], Uint8Array.of(0, 255, 10, 20, 30, 40)),
  y: Int32Array.of(1, 0, 1),
}

describe('samples', () => {
  it('are taken in batches, raw and widened, fewer at the end', () => {
    expect(batchOf(samples, 0, 2)).toStrictEqual(tensor('float32', [2, 2], Float32Array.of(0, 255, 10, 20)))
    expect(batchOf(samples, 2, 2)).toStrictEqual(tensor('float32', [1, 2], Float32Array.of(30, 40)))
  })

  it('are selected by copying, with their labels', () => {
    const selected = select(samples, Int32Array.of(2, 0))
    expect(selected).toStrictEqual({
      x: tensor('uint8', [2, 2], Uint8Array.of(30, 40, 0, 255)),
      y: Int32Array.of(1, 1),
    })
    expect(selected.x.data.buffer).not.toBe(samples.x.data.buffer)
  })

  it('bring several labels each along, and none where there are none', () => {
    const pairs = { ...samples, y: Float32Array.of(1, 2, 3, 4, 5, 6) }
    expect(select(pairs, Int32Array.of(2, 2, 0, 1)).y).toStrictEqual(Float32Array.of(5, 6, 5, 6, 1, 2, 3, 4))
    expect(select({ ...samples, y: new Int32Array() }, Int32Array.of(2, 0)).y).toStrictEqual(new Int32Array())
  })

  it('are divided by class, and as one group without labels', () => {
    expect(strataOf('classification', samples)).toStrictEqual(samples.y)
    expect(strataOf('none', { ...samples, y: new Int32Array() })).toStrictEqual(new Int32Array(3))
  })

  it('are told from others byte by byte', () => {
    const others = { x: tensor('uint8', [2, 2], Uint8Array.of(10, 20, 40, 30)) }
    expect(rowsAbsentFrom(others, samples)).toStrictEqual(Int32Array.of(0, 2))
  })
})

describe('a fitted normalizer', () => {
  it('brings each feature of vectors to mean 0 and deviation 1', () => {
    const { offset, scale } = fitNormalizer({
      x: tensor('float32', [4, 2], Float32Array.of(1, 7, 3, 7, 1, 7, 3, 7)),
    })
    expect([...offset]).toStrictEqual([2, 7])
    expect([...scale], 'a constant feature keeps its scale').toStrictEqual([1, 1])
  })

  it('treats an image as a whole', () => {
    const { offset, scale } = fitNormalizer({ x: tensor('uint8', [1, 1, 2, 2], Uint8Array.of(0, 0, 8, 8)) })
    expect([...offset]).toStrictEqual([4])
    expect([...scale]).toStrictEqual([0.25])
  })
})
