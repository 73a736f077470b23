import type { DeviceInfo, OpSpec, TensorSpec } from '@octet/core'
import { hash } from '../cache/hash.ts'
import { extentOf } from '../ops/kernel.ts'
import type { Variant } from '../ops/op.ts'
import type { Target } from '../wgsl/target.ts'

/**
 * The key of specs that are assumed to have the same fastest variant, so that they are tuned once. It has op, dtypes,
 * structure (window, groups, zero points, bits of weights ...), and for each tensor the number of pixels and of
 * channels (for a matrix: rows and columns), each rounded to the nearest power of two. A hash of the candidate shaders
 * follows. It changes with their code, so that no choice outlives the code that it was made for.
 */
export function bucketOf(spec: OpSpec, variants: readonly Variant[]): string {
  const { op, inputs, output, ...structure } = spec
  const traits = Object.entries(structure)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ` ${name}=${String(value)}`)
  const shaders = variants.map((variant) => `${variant.name}\n${variant.build().code}`).join('\n')
  return `${op} ${inputs.map(roughly).join(' + ')} -> ${roughly(output)}${traits.join('')} #${hash(shaders)}`
}

/** The key of a spec within its bucket. */
export function specKey(spec: OpSpec): string {
  return hash(JSON.stringify(spec))
}

/** The key of timings: an adapter, its driver, and the target of shaders. */
export function deviceKey({ vendor, architecture, driver }: DeviceInfo, target: Target): string {
  return [vendor, architecture, driver, featuresKey(target)].join(SEPARATOR)
}

/** A device key without the driver, for shipped choices, which are only better guesses than the default. */
export function familyOf(key: string): string {
  return key.split(SEPARATOR).toSpliced(2, 1).join(SEPARATOR)
}

const SEPARATOR = ' | '

function featuresKey({ shaderF16, packedDot, subgroups, matrices }: Target): string {
  const used = [
    ...(shaderF16 ? ['f16'] : []),
    ...(packedDot ? ['dot'] : []),
    ...(subgroups === undefined ? [] : [`subgroups ${subgroups.min}-${subgroups.max}`]),
    ...matrices.map(({ component, result, M, N, K }) => `${component}-${result} ${M}x${N}x${K}`),
  ]
  return used.join(', ')
}

function roughly(spec: TensorSpec): string {
  const { n, p, c } = extentOf(spec)
  return `${spec.dtype} ${powerOfTwo(n * p)}x${powerOfTwo(c)}`
}

function powerOfTwo(size: number): number {
  return 2 ** Math.round(Math.log2(size))
}
