import { conformanceCases } from '@octet/core/conformance'
import { expect, test } from 'vitest'
import { plan } from '../src/ops/plan.ts'
import type { Variant } from '../src/ops/op.ts'
import type { Target } from '../src/wgsl/target.ts'
import { APPLE, faultsOf, NVIDIA } from './null-device.ts'

/** Every shader that the kit's cases may be computed by on a target, once each. */
function shadersFor(target: Target): Map<string, Variant> {
  const shaders = new Map<string, Variant>()
  for (const { spec } of conformanceCases()) {
    const choices = plan(spec, target)
    if (!('reason' in choices)) for (const one of choices) shaders.set(one.build().code, one)
  }
  return shaders
}

test.each([
  { gpu: 'NVIDIA', target: NVIDIA, matrices: ['16x16x16', '16x16x32'] },
  { gpu: 'Apple', target: APPLE, matrices: ['8x8x8'] },
])('every shader for an adapter like those of $gpu is valid WGSL', async ({ target, matrices }) => {
  const shaders = shadersFor(target)
  for (const [code, { name }] of shaders) expect(await faultsOf(code), name).toEqual([])
  const names = new Set([...shaders.values()].map(({ name }) => name))
  for (const tile of ['128x128', '64x64', '32x32']) {
    expect(names).toContain(`tile ${tile}`)
    for (const sizes of matrices) expect(names).toContain(`matrix ${tile} by ${sizes}`)
  }
})

test('matrices that sum in 16 bits are not used', () => {
  const target: Target = { ...NVIDIA, matrices: [NVIDIA.matrices[0]] }
  const names = [...shadersFor(target).values()].map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('matrix'))).toEqual([])
})

test('matrices are not used where subgroups vary in size', () => {
  const names = [...shadersFor({ ...NVIDIA, subgroups: { min: 32, max: 64 } }).values()].map(
    ({ name }) => name,
  )
  expect(names.filter((name) => name.startsWith('matrix'))).toEqual([])
})

test('no shader takes more workgroup memory or invocations than the adapter has', () => {
  const least: Target = {
    ...NVIDIA,
    limits: { ...NVIDIA.limits, workgroupStorage: 16_384, invocations: 256 },
  }
  for (const [code, { name }] of shadersFor(least)) {
    const threads = Number(/@workgroup_size\((\d+)\)/.exec(code)?.[1])
    expect(threads, name).toBeLessThanOrEqual(256)
    expect(workgroupBytes(code), name).toBeLessThanOrEqual(16_384)
  }
})

const BYTES: Readonly<Record<string, number>> = { vec4: 16, 'vec4<f16>': 8, 'vec2<u32>': 8 }

/** The bytes of a shader's `var<workgroup>` arrays. */
function workgroupBytes(code: string): number {
  let bytes = 0
  for (const [, type, count] of code.matchAll(/var<workgroup> \w+: array<(.+), (\d+)>;/g))
    bytes += (BYTES[type] ?? (type.startsWith('vec4') ? 16 : 4)) * Number(count)
  return bytes
}
