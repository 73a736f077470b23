import type { OpSpec } from '@octet/core'
import { plan } from '../src/ops/plan.ts'
import { UNARY } from '../src/ops/unary.ts'
import type { Variant } from '../src/ops/op.ts'
import type { Target } from '../src/wgsl/target.ts'

/** Whether this run goes through all that the tests know. */
export const LONG: boolean = process.env['OCTET_TESTS'] === 'long'

/** Which variants of which specs this run tries. */
export type Tier = (spec: OpSpec, variant: string) => boolean

/**
 * The long tier tries every variant of every spec. A CPU adapter compiles a shader for seconds and runs it in no
 * time, so the first tier compiles the fewest shaders that have all traits between them, and tries each on every spec
 * that it serves. Traits that were `covered` before are left out, and those of these specs are added.
 */
export function tierOf(specs: readonly OpSpec[], target: Target, covered = new Set<string>()): Tier {
  if (LONG) return () => true
  const traits = new Map<string, ReadonlySet<string>>()
  for (const spec of specs)
    for (const one of variantsOf(spec, target)) {
      const { code } = one.build()
      if (!traits.has(code)) traits.set(code, new Set(traitsOf(spec, one.name, code, target.id)))
    }
  const chosen = cover(traits, covered)
  return (spec, variant) => {
    const one = variantsOf(spec, target).find(({ name }) => name === variant)
    return one !== undefined && chosen.has(one.build().code)
  }
}

function variantsOf(spec: OpSpec, target: Target): readonly Variant[] {
  const choices = plan(spec, target)
  return 'reason' in choices ? [] : choices
}

/**
 * What of a shader may be wrong for itself. Of products and convolutions: their form, their types, and of each
 * strategy its words, corrections, padding and long sums. Of other ops: each line that is written for them but for its
 * numbers, what they are about, and one shader on every adapter, where Sigmoid stands for all functions of one number.
 */
function traitsOf(spec: OpSpec, name: string, code: string, adapter: string): string[] {
  const title = /^\/\/ (.*)$/m.exec(code)?.[1].replaceAll(/\d+x\d+/g, '') ?? ''
  if (spec.op !== 'Conv' && spec.op !== 'Gemm') {
    const lines = code.slice(code.indexOf('@group')).split('\n')
    const numberless = lines.map((line) => line.replaceAll(/(?<=size|step|start)\d+|\b\d+/gi, '#'))
    if (spec.op !== 'Sigmoid' && spec.op in UNARY) return [...numberless, spec.op]
    return [...numberless, title, `${adapter}: ${spec.op}`]
  }
  const [types, ...form] = title.split(', ')
  const { dtype } = spec.inputs[0]
  const strategy = name.replaceAll(/\d+/g, '')
  const products = code.includes('dot4I8Packed') ? ', packed products' : ''
  const word = /binding\(0\) var<storage, read> x: array<(.*)>;/.exec(code)?.[1]
  return [
    types,
    `${spec.op}, ${form.filter((one) => !one.includes('products')).join(', ')}`,
    `${dtype}, ${form.filter((one) => one.includes('products')).join(', ')}`,
    `${dtype} ${strategy}${products} by ${word}`,
    ...(spec.weightZeroPoints ? [`${strategy}${products}, corrected`] : []),
    ...(code.includes('whole_') ? [`${dtype} ${strategy}${products}, long sums`] : []),
    ...(code.includes('select(') && code.includes('inside') ? [`${strategy}, padded`] : []),
  ]
}

/** Few shaders that have all traits: one by one the one that adds most for its length. */
function cover(traits: ReadonlyMap<string, ReadonlySet<string>>, covered: Set<string>): Set<string> {
  const missing = new Set<string>()
  for (const own of traits.values()) for (const trait of own) if (!covered.has(trait)) missing.add(trait)
  for (const trait of missing) covered.add(trait)
  const chosen = new Set<string>()
  const worth = ([code, own]: readonly [string, ReadonlySet<string>]): number =>
    [...own].filter((trait) => missing.has(trait)).length / (1000 + code.length)
  while (missing.size > 0) {
    const [code, own] = [...traits].reduce((best, one) => (worth(one) > worth(best) ? one : best))
    chosen.add(code)
    for (const trait of own) missing.delete(trait)
  }
  return chosen
}
