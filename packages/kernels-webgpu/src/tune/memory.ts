import type { DeviceInfo, Host } from '@octet/core'
import { UNHEARD } from '../cache/warn.ts'
import type { Target } from '../wgsl/target.ts'
import { deviceKey, familyOf } from './bucket.ts'
import { SHIPPED } from './shipped.ts'
import type { Choice, Choices } from './table.ts'

/** Keeps choices for later processes. */
export type Keep = (learned: Choices) => Promise<void>

/**
 * The fastest variants that one open device knows: shipped choices, this machine's earlier choices, and new choices.
 */
export class TuningMemory {
  readonly #choices: Map<string, Choice>
  readonly #keep: Keep | undefined
  /** Buckets whose choices end with the device. */
  readonly #passing = new Set<string>()

  /** Without `keep`, choices last as long as the device. */
  constructor(known: Choices = {}, keep?: Keep) {
    this.#choices = new Map(Object.entries(known))
    this.#keep = keep
  }

  recall(bucket: string): Choice | undefined {
    return this.#choices.get(bucket)
  }

  /** Whether a known choice is also available to later processes. */
  lasts(bucket: string): boolean {
    return this.#choices.has(bucket) && !this.#passing.has(bucket)
  }

  /** Learns choices. The `lasting` choices are also kept for later processes. */
  async learn(learned: Choices, lasting: Choices): Promise<void> {
    for (const [bucket, choice] of Object.entries(learned)) {
      this.#choices.set(bucket, choice)
      if (bucket in lasting) this.#passing.delete(bucket)
      else this.#passing.add(bucket)
    }
    if (Object.keys(lasting).length > 0) await this.#keep?.(lasting)
  }
}

/** The known choices for an adapter: shipped choices, overridden by this machine's choices. A browser keeps none. */
export async function recollect(
  info: DeviceInfo,
  target: Target,
  { runtime, warn = UNHEARD }: Pick<Host, 'runtime' | 'warn'>,
): Promise<TuningMemory> {
  const key = deviceKey(info, target)
  const shipped = SHIPPED.devices[familyOf(key)] ?? {}
  if (runtime === 'browser') return new TuningMemory(shipped)
  const { addChoices, tuningFile } = await import('./node/store.ts')
  const file = tuningFile(warn)
  const own = (await file.read()).devices[key] ?? {}
  return new TuningMemory({ ...shipped, ...own }, (learned) => addChoices(file, key, learned))
}
