import type { KernelDevice, OpSpec, Tuned } from '@octet/core'
import type { Variant } from '../ops/plan.ts'
import { bucketOf } from './bucket.ts'
import { contest } from './contest.ts'
import type { TuningMemory } from './memory.ts'
import type { Choice } from './table.ts'
import { workOf } from './work.ts'

/** What tuning needs of a device. */
interface Tunable {
  readonly device: KernelDevice
  readonly memory: TuningMemory
  /** The ways to compute a spec, the default first; none where it is not supported. */
  readonly variants: (spec: OpSpec) => readonly Variant[]
}

/**
 * Finds the fastest variant of every spec that has several, one contest a bucket, the most work first, until the budget is spent;
 * what is known already is not measured again. Yields one result a spec, in their order, those left out that are not
 * supported. A contest that the budget cut short counts for this device only, not for later processes.
 */
export async function tune(
  { device, memory, variants }: Tunable,
  specs: readonly OpSpec[],
  { budgetMs }: { readonly budgetMs: number },
): Promise<Tuned[]> {
  const deadline = performance.now() + budgetMs
  const buckets = new Map<string, Bucket>()
  const order = specs.flatMap((spec) => {
    const choices = variants(spec)
    if (choices.length === 0) return []
    const key = choices.length === 1 ? choices[0].name : bucketOf(spec, choices)
    const bucket = buckets.get(key)
    if (bucket === undefined || workOf(bucket.spec) < workOf(spec)) buckets.set(key, { spec, choices })
    return { spec, key }
  })
  const found = new Map<string, Omit<Tuned, 'spec'>>()
  const learned: Record<string, Choice> = {}
  const lasting: Record<string, Choice> = {}
  try {
    for (const [key, { spec, choices }] of [...buckets].toSorted(
      ([, a], [, b]) => workOf(b.spec) - workOf(a.spec),
    )) {
      const known = choices.length > 1 ? memory.recall(key) : undefined
      if (known !== undefined) {
        found.set(key, { variant: known.variant, source: 'known', rejected: [] })
        continue
      }
      if (choices.length === 1 || performance.now() >= deadline) {
        found.set(key, { variant: choices[0].name, source: 'default', rejected: [] })
        continue
      }
      const outcome = await contest(device, spec, cheapFirst(choices), deadline)
      const { variant, ratio = 1, rejected, complete } = outcome
      found.set(key, { variant, source: 'measured', ratio, rejected })
      learned[key] = { variant, ratio: Number(ratio.toFixed(2)) }
      if (complete) lasting[key] = learned[key]
    }
  } finally {
    await memory.learn(learned, lasting)
  }
  return order.map(({ spec, key }) => Object.assign({ spec }, found.get(key)!))
}

interface Bucket {
  readonly spec: OpSpec
  readonly choices: readonly Variant[]
}

/** The default, then the others by the length of their code, which is about what compilers take time by. */
function cheapFirst([fallback, ...others]: readonly Variant[]): string[] {
  const byLength = others.toSorted((a, b) => a.build().code.length - b.build().code.length)
  return [fallback, ...byLength].map(({ name }) => name)
}
