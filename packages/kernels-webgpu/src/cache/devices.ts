/** The content of a file in the cache folder: for each device, entries by name. */
interface ByDevice {
  readonly format: number
  readonly devices: Readonly<Record<string, unknown>>
}

/** The entries by device in JSON of this format. Undefined if the JSON or an entry is not valid. */
export function readDevices<Table extends ByDevice>(
  json: unknown,
  format: Table['format'],
  isEntry: (value: unknown) => boolean,
): Table | undefined {
  if (!isRecord(json) || json['format'] !== format || !isRecord(json['devices'])) return undefined
  const whole = Object.values(json['devices']).every(
    (entries) => isRecord(entries) && Object.values(entries).every(isEntry),
  )
  return whole ? (json as unknown as Table) : undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
