import type { DeviceInfo, Host } from '@octet/core'
import type { Target } from '../wgsl/target.ts'
import { deviceKey, familyOf } from './bucket.ts'
import { SHIPPED } from './shipped.ts'
import type { Choice, Choices } from './table.ts'

/** Keeps choices for later processes. */
export type Keep = (learned: Choices) => Promise<void>

/** What one open device knows of fastest variants: what was shipped, what this machine found out earlier, what it learns now. */
export class TuningMemory {
  readonly #choices: Map<string, Choice>
  readonly #keep: Keep | undefined
  readonly #guesses: Choices

  /**
   * @param known What was judged on this device.
   * @param keep Left out: what is learned lasts as long as the device.
   * @param guesses What was found on others like it, for what is not known.
   */
  constructor(known: Choices = {}, keep?: Keep, guesses: Choices = {}) {
    this.#choices = new Map(Object.entries(known))
    this.#keep = keep
    this.#guesses = guesses
  }

  recall(bucket: string): Choice | undefined {
    return this.#choices.get(bucket) ?? this.#guesses[bucket]
  }

  /** Whether what is recalled was held to the reference on this device and driver. */
  isJudged(bucket: string): boolean {
    return this.#choices.has(bucket)
  }

  /** Learns choices; those that are `lasting` are kept for later processes too. */
  async learn(learned: Choices, lasting: Choices): Promise<void> {
    for (const [bucket, choice] of Object.entries(learned)) this.#choices.set(bucket, choice)
    if (Object.keys(lasting).length > 0) await this.#keep?.(lasting)
  }
}

/** What is known of an adapter: choices of this machine, and where it has none those that were shipped. A browser keeps nothing. */
export async function recollect(
  info: DeviceInfo,
  target: Target,
  runtime: Host['runtime'],
): Promise<TuningMemory> {
  const key = deviceKey(info, target)
  const shipped = SHIPPED.devices[familyOf(key)] ?? {}
  if (runtime === 'browser') return new TuningMemory({}, undefined, shipped)
  const { addChoices, readTable, tuningPath } = await import('./node/store.ts')
  const path = tuningPath()
  const own = (await readTable(path)).devices[key] ?? {}
  return new TuningMemory(own, (learned) => addChoices(path, key, learned), shipped)
}
