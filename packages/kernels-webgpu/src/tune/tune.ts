import type { KernelDevice, OpSpec, Tuned } from '@octet/core'
import type { Variant } from '../ops/variant.ts'
import { bucketOf } from './bucket.ts'
import { contest, type Outcome } from './contest.ts'
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
 * Finds the fastest right variant of every spec that has several, one contest a bucket, the most work first, until the budget is
 * spent; what is known already is not measured again, and what was shipped is held to the reference and no more. Yields one
 * result a spec, in their order, those left out that are not supported. What the budget cut short counts for this device only,
 * not for later processes.
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
    buckets.set(key, withSpec(buckets.get(key) ?? { specs: [spec], choices }, spec))
    return { spec, key }
  })
  const found = new Map<string, Omit<Tuned, 'spec'>>()
  const learned: Record<string, Choice> = {}
  const lasting: Record<string, Choice> = {}
  const learn = (key: string, choice: Choice, lasts: boolean): void => {
    learned[key] = choice
    if (lasts) lasting[key] = choice
  }
  try {
    for (const [key, { specs: alike, choices }] of [...buckets].toSorted(
      ([, a], [, b]) => workOf(b.specs[0]) - workOf(a.specs[0]),
    )) {
      const known = choices.length > 1 ? memory.recall(key) : undefined
      const late = performance.now() >= deadline
      if (choices.length === 1) found.set(key, { variant: choices[0].name, source: 'default', rejected: [] })
      else if (known !== undefined && (late || (known.variant !== null && memory.isJudged(key))))
        found.set(key, recalled(known))
      else if (late) found.set(key, { variant: choices[0].name, source: 'default', rejected: [] })
      else if (known?.variant && (await isRight(device, alike, known.variant))) {
        learn(key, known, true)
        found.set(key, recalled(known))
      } else {
        const outcome = await contest(device, alike, cheapFirst(choices), deadline)
        learn(key, choiceOf(outcome), isLasting(outcome))
        found.set(key, measured(outcome))
      }
    }
  } finally {
    await memory.learn(learned, lasting)
  }
  return order.map(({ spec, key }) => Object.assign({ spec }, found.get(key)!))
}

interface Bucket {
  /** Those that differ, the one of most work first. */
  readonly specs: readonly [OpSpec, ...OpSpec[]]
  readonly choices: readonly Variant[]
}

function withSpec({ specs, choices }: Bucket, spec: OpSpec): Bucket {
  if (specs.some((other) => JSON.stringify(other) === JSON.stringify(spec))) return { specs, choices }
  return {
    specs: workOf(spec) > workOf(specs[0]) ? [spec, ...specs] : [...specs, spec],
    choices,
  }
}

async function isRight(device: KernelDevice, specs: Bucket['specs'], variant: string): Promise<boolean> {
  return (await contest(device, specs, [variant], Infinity)).variant === variant
}

/** Nothing that was not seen to the end lasts, and no refusal that a lack of memory may have caused. */
function isLasting({ variant, rejected, complete }: Outcome): boolean {
  return complete && (variant !== undefined || rejected.every(({ wrong }) => wrong))
}

function choiceOf({ variant, ratio, rejected }: Outcome): Choice {
  const faults = rejected.filter(({ wrong }) => wrong || variant === undefined)
  const wrong = Object.fromEntries(faults.map((one) => [one.variant, one.reason]))
  return {
    variant: variant ?? null,
    ratio: Number(ratio.toFixed(2)),
    ...(faults.length > 0 && { wrong }),
  }
}

function measured({ variant, ratio, rejected }: Outcome): Omit<Tuned, 'spec'> {
  const given = rejected.map(({ variant: name, reason }) => ({ variant: name, reason }))
  return variant === undefined
    ? { source: 'declined', rejected: given }
    : { variant, source: 'measured', ratio, rejected: given }
}

function recalled({ variant, wrong = {} }: Choice): Omit<Tuned, 'spec'> {
  const rejected = Object.entries(wrong).map(([name, reason]) => ({ variant: name, reason }))
  return variant === null ? { source: 'declined', rejected } : { variant, source: 'known', rejected }
}

/** The default, then the others by the length of their code, which is about what compilers take time by. */
function cheapFirst([fallback, ...others]: readonly Variant[]): string[] {
  const byLength = others.toSorted((a, b) => a.build().code.length - b.build().code.length)
  return [fallback, ...byLength].map(({ name }) => name)
}
