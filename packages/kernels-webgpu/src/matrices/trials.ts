import type { Conformance } from './judge.ts'
import type { Component, Kind } from './kinds.ts'

/** What came of trying a kind of subgroup matrices with a driver. */
export type Trial = Conformance & Pick<Kind, 'shaders'>

/** Trials of one device, by component. */
export type KnownTrials = Readonly<Partial<Record<Component, Trial>>>

/** Trials by device, as the file holds them. */
export interface TrialTable {
  readonly format: 1
  readonly devices: Readonly<Record<string, KnownTrials>>
}

export const NO_TRIALS: TrialTable = { format: 1, devices: {} }

/** The trial of a kind, as long as the shaders are the same. */
export function trialOf({ component, shaders }: Kind, trials: KnownTrials): Trial | undefined {
  const trial = trials[component]
  return trial?.shaders === shaders ? trial : undefined
}

/** A table read from a file; undefined when it is none. */
export function parseTrials(json: unknown): TrialTable | undefined {
  if (!isRecord(json) || json['format'] !== 1 || !isRecord(json['devices'])) return undefined
  for (const trials of Object.values(json['devices']))
    if (!isRecord(trials) || !Object.values(trials).every(isTrial)) return undefined
  return json as unknown as TrialTable
}

function isTrial(value: unknown): boolean {
  if (!isRecord(value) || typeof value['shaders'] !== 'string') return false
  return value['passed'] === true
    ? typeof value['tried'] === 'number'
    : value['passed'] === false && typeof value['reason'] === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
