import type { KernelDevice, OpSpec, Tuned } from '@octet/core'
import type { Variant } from '../ops/op.ts'
import { bucketOf, specKey } from './bucket.ts'
import { contest, type Outcome } from './contest.ts'
import { judgeVariants } from './judge.ts'
import type { TuningMemory } from './memory.ts'
import type { Choice } from './table.ts'
import { workOf } from './work.ts'

/** The parts of a device that tuning needs. */
interface Tunable {
  readonly device: KernelDevice
  readonly memory: TuningMemory
  /** The variants of a spec, the default first. Empty if the spec is not supported. */
  readonly variants: (spec: OpSpec) => readonly Variant[]
}

/** The most judged specs that a choice records. Of more specs, the oldest are judged again. */
const MOST_SPECS = 64

/**
 * Finds the fastest correct variant of every spec that has several, with one contest per bucket, the most work first,
 * until the budget is spent. Known choices are not measured again. For a spec on which a choice was never compared with
 * the reference, which includes all specs of a shipped choice, only the comparison runs. Returns one result per spec,
 * in their order, without unsupported specs. Choices that the budget cut short count for this device only, and not for
 * later processes.
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
      if (choices.length === 1) {
        found.set(key, { variant: choices[0].name, source: 'default', rejected: [] })
        continue
      }
      const known = memory.recall(key)
      const unjudged = alike.filter((spec) => known?.specs?.includes(specKey(spec)) !== true)
      if (performance.now() >= deadline)
        found.set(
          key,
          known ? recalled(known) : { variant: choices[0].name, source: 'default', rejected: [] },
        )
      else if (known?.variant && (await isRight(device, unjudged, known.variant))) {
        found.set(key, recalled(known))
        if (unjudged.length > 0) learn(key, judgedOn(known, unjudged), memory.lasts(key))
      } else {
        // Variants that were wrong on other specs of the bucket stay out. If all were wrong, all are tried again.
        const wrong = known?.variant ? known.wrong : undefined
        const names = cheapFirst(choices).filter((name) => wrong?.[name] === undefined)
        const outcome = await contest(device, alike, names, deadline)
        found.set(key, measured(outcome))
        learn(key, judgedOn(choiceOf(outcome, wrong), alike), isLasting(outcome))
      }
    }
  } finally {
    await memory.learn(learned, lasting)
  }
  return order.map(({ spec, key }) => Object.assign({ spec }, found.get(key)!))
}

interface Bucket {
  /** The distinct specs, the spec with the most work first. */
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

async function isRight(device: KernelDevice, specs: readonly OpSpec[], variant: string): Promise<boolean> {
  for (const spec of specs)
    if ((await judgeVariants(device, spec, [variant])).right.length === 0) return false
  return true
}

function judgedOn(choice: Choice, specs: readonly OpSpec[]): Choice {
  return { ...choice, specs: [...(choice.specs ?? []), ...specs.map(specKey)].slice(-MOST_SPECS) }
}

/** An incomplete outcome does not last, and neither does a refusal that a lack of memory may have caused. */
function isLasting({ variant, rejected, complete }: Outcome): boolean {
  return complete && (variant !== undefined || rejected.every(({ wrong }) => wrong))
}

function choiceOf({ variant, ratio, rejected }: Outcome, known: Choice['wrong']): Choice {
  const faults = rejected.filter((one) => one.wrong || variant === undefined)
  const wrong = { ...known, ...Object.fromEntries(faults.map((one) => [one.variant, one.reason])) }
  return {
    variant: variant ?? null,
    ratio: Number(ratio.toFixed(2)),
    ...(Object.keys(wrong).length > 0 && { wrong }),
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

/** The default, then the others by the length of their code, which roughly determines the time to compile. */
function cheapFirst([fallback, ...others]: readonly Variant[]): string[] {
  const byLength = others.toSorted((a, b) => a.build().code.length - b.build().code.length)
  return [fallback, ...byLength].map(({ name }) => name)
}
