import type { OpSpec } from '@octet/core'
import { describeTensor, type Kernel } from '../ops/kernel.ts'
import type { Variant } from '../ops/op.ts'
import { plan } from '../ops/plan.ts'
import { bucketOf } from '../tune/bucket.ts'
import type { TuningMemory } from '../tune/memory.ts'
import type { Choice } from '../tune/table.ts'
import type { Target } from '../wgsl/target.ts'
import { storedBytes } from './layout.ts'

/** The ways to compute a spec, the default first, or why it cannot run here. */
export type Plan = readonly Variant[] | { readonly reason: string }

/** The target of shaders, and the known fastest choices. */
export interface Means {
  readonly target: Target
  readonly memory: TuningMemory
}

/** What is known of specs on one device: the variants that fit its limits, and the fastest of them. */
export class Plans {
  readonly #limits: GPUSupportedLimits
  readonly #means: Means
  readonly #plans = new Map<string, Plan>()
  readonly #buckets = new WeakMap<readonly Variant[], string>()

  constructor(limits: GPUSupportedLimits, means: Means) {
    this.#limits = limits
    this.#means = means
  }

  /** The ways to compute a spec, the default first, or why it cannot run here. */
  of(spec: OpSpec): Plan {
    const key = JSON.stringify(spec)
    const known = this.#plans.get(key)
    if (known !== undefined) return known
    const planned = plan(spec, this.#means.target)
    const made = this.#fit(spec, 'reason' in planned ? planned : planned.map(builtOnce))
    this.#plans.set(key, made)
    return made
  }

  /** Why an op is declined that has variants, as none of them was right when it was tuned. */
  declined(spec: OpSpec, choices: readonly Variant[]): string | undefined {
    const choice = this.#recall(spec, choices)
    if (choice?.variant !== null) return undefined
    const faults = Object.entries(choice.wrong ?? {}).map(([name, how]) => `${name}: ${how}`)
    return `none of its variants is right here (${faults.join('; ')})`
  }

  /** The variants that are not known to be wrong, the one known to be fastest first, or else the default. */
  byPreference(spec: OpSpec, choices: readonly Variant[]): readonly Variant[] {
    if (choices.length === 1) return choices
    const { variant: known, wrong = {} } = this.#recall(spec, choices) ?? {}
    return choices
      .filter(({ name }) => !Object.hasOwn(wrong, name))
      .toSorted((a, b) => Number(b.name === known) - Number(a.name === known))
  }

  /** Why storage of so many bytes is more than the device has; undefined where it is not. */
  tooLarge(bytes: number): string | undefined {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#limits
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize)
    return bytes > most ? `takes ${bytes} bytes, above the limit of ${most}` : undefined
  }

  /** The result of tuning an op that has several variants. */
  #recall(spec: OpSpec, choices: readonly Variant[]): Choice | undefined {
    if (choices.length === 1) return undefined
    const bucket = this.#buckets.get(choices) ?? bucketOf(spec, choices)
    this.#buckets.set(choices, bucket)
    return this.#means.memory.recall(bucket)
  }

  /** The parts of a plan that stay within the limits of the device. */
  #fit(spec: OpSpec, choices: Plan): Plan {
    if ('reason' in choices) return choices
    for (const tensor of [...spec.inputs, spec.output]) {
      const reason = this.tooLarge(storedBytes(tensor))
      if (reason !== undefined) return { reason: `${describeTensor(tensor)} ${reason}` }
    }
    const fitting = choices.filter((choice) => this.#excess(choice) === undefined)
    return fitting.length > 0 ? fitting : { reason: this.#excess(choices[0])! }
  }

  /** How a variant exceeds the limits of the device, where it does. */
  #excess(choice: Variant): string | undefined {
    const { weightBytes, workgroups } = choice.build()
    const weights = this.tooLarge(Math.max(...weightBytes))
    if (weights !== undefined) return `its weights' storage ${weights}`
    const most = this.#limits.maxComputeWorkgroupsPerDimension
    return workgroups.every((count) => count <= most)
      ? undefined
      : `needs ${workgroups.join(' x ')} workgroups, above the limit of ${most} a dimension`
  }
}

function builtOnce(variant: Variant): Variant {
  let kernel: Kernel | undefined
  return { name: variant.name, build: () => (kernel ??= variant.build()) }
}
