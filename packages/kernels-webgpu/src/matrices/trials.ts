import type { Conformance } from './judge.ts'
import { isRecord, readDevices } from '../cache/devices.ts'
import type { Component, Kind } from './kinds.ts'

/** The verdict on a kind of subgroup matrices with a driver. */
export type Trial = Conformance & Pick<Kind, 'shaders'>

/** Trials of one device, by component. */
export type KnownTrials = Readonly<Partial<Record<Component, Trial>>>

/** Trials by device, as the file stores them. */
export interface TrialTable {
  readonly format: 1
  readonly devices: Readonly<Record<string, KnownTrials>>
}

export const NO_TRIALS: TrialTable = { format: 1, devices: {} }

/** The trial of a kind, if its shaders are still the same. */
export function trialOf({ component, shaders }: Kind, trials: KnownTrials): Trial | undefined {
  const trial = trials[component]
  return trial?.shaders === shaders ? trial : undefined
}

/** The table in JSON, or a description of its fault. */
export function parseTrials(json: unknown): TrialTable | string {
  return readDevices<TrialTable>(json, 1, isTrial) ?? 'is damaged'
}

function isTrial(value: unknown): boolean {
  if (!isRecord(value) || typeof value['shaders'] !== 'string') return false
  return value['passed'] === true
    ? typeof value['tried'] === 'number'
    : value['passed'] === false && typeof value['reason'] === 'string'
}
