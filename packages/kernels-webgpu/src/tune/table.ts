/** The variant that was found fastest for a bucket of specs on a device. */
export interface Choice {
  readonly variant: string
  /** The default's time over its own; 1 where it is the default. */
  readonly ratio: number
}

/** Choices by bucket. */
export type Choices = Readonly<Record<string, Choice>>

/** Choices by device, as files hold them. */
export interface TuningTable {
  readonly format: 1
  readonly devices: Readonly<Record<string, Choices>>
}

export const NO_CHOICES: TuningTable = { format: 1, devices: {} }

/** Choices of one device that a table keeps: when there are more, the oldest go. */
const MOST_CHOICES = 4096

/** A table read from a file; undefined when it is none. */
export function parseTable(json: unknown): TuningTable | undefined {
  if (!isRecord(json) || json['format'] !== 1 || !isRecord(json['devices'])) return undefined
  for (const choices of Object.values(json['devices'])) {
    if (!isRecord(choices)) return undefined
    for (const choice of Object.values(choices))
      if (!isRecord(choice) || typeof choice['variant'] !== 'string' || typeof choice['ratio'] !== 'number')
        return undefined
  }
  return json as unknown as TuningTable
}

/** The table with a device's choices added: they replace what it had for their buckets, and count as its newest. */
export function withChoices({ devices }: TuningTable, device: string, added: Choices): TuningTable {
  const kept = Object.entries(devices[device] ?? {}).filter(([bucket]) => !(bucket in added))
  const all = [...kept, ...Object.entries(added)].slice(-MOST_CHOICES)
  return { format: 1, devices: { ...devices, [device]: Object.fromEntries(all) } }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
