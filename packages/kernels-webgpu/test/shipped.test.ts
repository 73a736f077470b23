import type { OpSpec, TensorSpec } from '@octet/core'
import { expect, test } from 'vitest'
import { plan } from '../src/ops/plan.ts'
import { bucketOf } from '../src/tune/bucket.ts'
import { SHIPPED } from '../src/tune/shipped.ts'
import { LEAST_LIMITS, type Target } from '../src/wgsl/target.ts'

/** What shaders of a family of devices are written for. */
function targetOf(family: string): Target {
  const [vendor, , features] = family.split(' | ')
  const [, min, max] = /subgroups (\d+)-(\d+)/.exec(features)!
  return {
    id: vendor === 'mesa' ? 'lavapipe' : 'swiftshader',
    software: true,
    shaderF16: features.includes('f16'),
    packedDot: features.includes('dot'),
    timestamps: true,
    subgroups: { min: Number(min), max: Number(max) },
    matrices: [],
    limits: LEAST_LIMITS,
  }
}

/** `int8 64x16` of a key as a matrix, or as an image of about as many rows as columns. */
function tensorOf(op: string, text: string): TensorSpec {
  const [, dtype, pixels, channels] = /^(\w+) (\d+)x(\d+)$/.exec(text)!
  const [p, c] = [Number(pixels), Number(channels)]
  const width = 2 ** Math.floor(Math.log2(p) / 2)
  const shape = op === 'Conv' ? [1, c, p / width, width] : [p, c]
  return { dtype: dtype as TensorSpec['dtype'], shape }
}

/** A spec of a key's bucket: the key names op, tensors rounded to powers of two, and structure. */
function specOf(key: string): OpSpec {
  const [, op, inputs, output, structure] = /^(\w+) (.+) -> (\w+ \d+x\d+)(.*) #\w+$/.exec(key)!
  const traits = [...structure.matchAll(/ (\w+)=(\S+)/g)].map(([, name, value]) => {
    const numbers = JSON.parse(value.includes(',') ? `[${value}]` : value) as unknown
    return [name, numbers] as const
  })
  const tensors = inputs.split(' + ').map((text) => tensorOf(op, text))
  return { op, inputs: tensors, output: tensorOf(op, output), ...Object.fromEntries(traits) } as OpSpec
}

test.each(Object.entries(SHIPPED.devices))(
  'the shipped keys of %s are those of the shaders as they are',
  (family, choices) => {
    for (const [key, { variant }] of Object.entries(choices)) {
      const spec = specOf(key)
      const variants = plan(spec, targetOf(family))
      if ('reason' in variants) throw new Error(variants.reason)
      expect(bucketOf(spec, variants)).toBe(key)
      expect(variants.map(({ name }) => name)).toContain(variant)
    }
  },
)
