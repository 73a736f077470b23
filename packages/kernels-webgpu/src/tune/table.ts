import { isRecord, readDevices } from '../cache/devices.ts'

/** The fastest correct variant for a bucket of specs on a device. */
export interface Choice {
  /** null if no variant computes the reference's result, so that the op is declined. */
  readonly variant: string | null
  /** The time of the first correct variant, usually the default, over its own time. 1 if it is that variant. */
  readonly ratio: number
  /**
   * The specs, by `specKey`, for which it was compared with the reference on this device. A shipped choice has none.
   */
  readonly specs?: readonly string[]
  /** Wrong variants, each with its fault. */
  readonly wrong?: Readonly<Record<string, string>>
}

/** Choices by bucket. */
export type Choices = Readonly<Record<string, Choice>>

/**
 * The format of tables. Choices of format 1 may be wrong: tuning compared them with the reference only for small ops.
 */
export const FORMAT = 2

/** Choices by device, as files store them. */
export interface TuningTable {
  readonly format: typeof FORMAT
  readonly devices: Readonly<Record<string, Choices>>
}

export const NO_CHOICES: TuningTable = { format: FORMAT, devices: {} }

/** The most choices of one device in a table. If there are more, the oldest are dropped. */
const MOST_CHOICES = 4096

/** The table in JSON, or a description of its fault. */
export function parseTable(json: unknown): TuningTable | string {
  if (isRecord(json) && typeof json['format'] === 'number' && json['format'] !== FORMAT)
    return `has format ${json['format']}, and this version of Octet uses format ${FORMAT}`
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

/** Shipped choices as lines: `ratio | variant | bucket`. They have a variant and no faults. */
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
