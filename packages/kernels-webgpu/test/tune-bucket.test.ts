import type { OpSpec } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { bucketOf } from '../src/tune/bucket.ts'
import { gemm, variantsNamed } from './tune-specs.ts'

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
