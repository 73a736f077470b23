import { isRecord, readDevices } from '../cache/devices.ts'

/** The right variant that was found fastest for a bucket of specs on a device. */
export interface Choice {
  /** null where no variant computes the reference's result, so the op is declined. */
  readonly variant: string | null
  /** The time of the first right variant, the default as a rule, over its own; 1 where it is that one. */
  readonly ratio: number
  /** The specs on which it was held to the reference on this device, by `specKey`; a shipped choice has none. */
  readonly specs?: readonly string[]
  /** Variants that are wrong, each with how. */
  readonly wrong?: Readonly<Record<string, string>>
}

/** Choices by bucket. */
export type Choices = Readonly<Record<string, Choice>>

/**
 * What tables are written in. Choices of format 1 may be wrong: tuning compared them with the reference only where
 * ops were small.
 */
export const FORMAT = 2

/** Choices by device, as files hold them. */
export interface TuningTable {
  readonly format: typeof FORMAT
  readonly devices: Readonly<Record<string, Choices>>
}

export const NO_CHOICES: TuningTable = { format: FORMAT, devices: {} }

/** Choices of one device that a table keeps: when there are more, the oldest go. */
const MOST_CHOICES = 4096

/** The table in JSON, or its fault. */
export function parseTable(json: unknown): TuningTable | string {
  if (isRecord(json) && typeof json['format'] === 'number' && json['format'] !== FORMAT)
    return `is of format ${json['format']}, and this octet keeps format ${FORMAT}`
  return readDevices<TuningTable>(json, FORMAT, isChoice) ?? 'is damaged'
}

function isChoice(value: unknown): boolean {
  if (!isRecord(value) || typeof value['ratio'] !== 'number') return false
  const { variant, specs = [], wrong = {} } = value
  if (variant !== null && typeof variant !== 'string') return false
  if (!Array.isArray(specs) || !specs.every((spec) => typeof spec === 'string')) return false
  return isRecord(wrong) && Object.values(wrong).every((how) => typeof how === 'string')
}

/** The table with a device's choices added. They replace its choices for the same buckets, and count as the newest. */
export function withChoices({ devices }: TuningTable, device: string, added: Choices): TuningTable {
  const kept = Object.entries(devices[device] ?? {}).filter(([bucket]) => !(bucket in added))
  const all = [...kept, ...Object.entries(added)].slice(-MOST_CHOICES)
  return { format: FORMAT, devices: { ...devices, [device]: Object.fromEntries(all) } }
}

/** Shipped choices, which have a variant and nothing that is wrong, as lines: `ratio | variant | bucket`. */
export function linesOf(choices: Choices): string[] {
  return Object.entries(choices).map(([bucket, { variant, ratio }]) =>
    [ratio, variant, bucket].join(SEPARATOR),
  )
}

/** The inverse of `linesOf`. */
export function choicesIn(lines: readonly string[]): Choices {
  const parts = lines.map((line) => line.split(SEPARATOR))
  return Object.fromEntries(
    parts.map(([ratio, variant, bucket]) => [bucket, { variant, ratio: Number(ratio) }]),
  )
}

const SEPARATOR = ' | '
