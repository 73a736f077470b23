import type { Conformance } from './judge.ts'
import type { Component, Kind } from './kinds.ts'

/** What came of trying a kind of subgroup matrices with a driver. */
export type Verdict = Conformance & Pick<Kind, 'shaders'>

/** Verdicts of one device, by component. */
export type Verdicts = Readonly<Partial<Record<Component, Verdict>>>

/** Verdicts by device, as the file holds them. */
export interface VerdictTable {
  readonly format: 1
  readonly devices: Readonly<Record<string, Verdicts>>
}

export const NO_VERDICTS: VerdictTable = { format: 1, devices: {} }

/** The verdict on a kind, as long as the shaders are the same. */
export function verdictOn({ component, shaders }: Kind, verdicts: Verdicts): Verdict | undefined {
  const verdict = verdicts[component]
  return verdict?.shaders === shaders ? verdict : undefined
}

/** A table read from a file; undefined when it is none. */
export function parseVerdicts(json: unknown): VerdictTable | undefined {
  if (!isRecord(json) || json['format'] !== 1 || !isRecord(json['devices'])) return undefined
  for (const verdicts of Object.values(json['devices']))
    if (!isRecord(verdicts) || !Object.values(verdicts).every(isVerdict)) return undefined
  return json as unknown as VerdictTable
}

function isVerdict(value: unknown): boolean {
  if (!isRecord(value) || typeof value['shaders'] !== 'string') return false
  return value['passed'] === true
    ? typeof value['tried'] === 'number'
    : value['passed'] === false && typeof value['reason'] === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
