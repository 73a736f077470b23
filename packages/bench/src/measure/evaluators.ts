import type { RenewableDevice } from '../discover/renewable.ts'
import type { OpenedDevice } from './jobs.ts'

/** A device that computes a program correctly. */
export interface Candidate {
  readonly device: RenewableDevice<OpenedDevice>
  /** Its outputs for the first evaluation batch equal the reference's in every bit. */
  readonly exact: boolean
  /** It runs every op itself. */
  readonly whole: boolean
}

/**
 * The order in which devices are asked for a program's answers. No time affects the order, so two runs, or a resumed
 * run, ask the same device and get the same digits. First come devices that run every op themselves, then exact
 * devices, then the CPU's own kernels (the same instructions on every machine), then hardware adapters, then software
 * adapters. The name breaks ties.
 */
export function byRule(candidates: readonly Candidate[]): RenewableDevice<OpenedDevice>[] {
  return candidates.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b))).map(({ device }) => device)
}

function keyOf({ device, exact, whole }: Candidate): readonly (number | string)[] {
  const { backend, software } = device.device.info
  return [Number(!whole), Number(!exact), backend === 'cpu' ? 0 : software ? 2 : 1, device.name]
}

function compareKeys(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const at = a.findIndex((part, i) => part !== b[i])
  return at < 0 ? 0 : a[at] < b[at] ? -1 : 1
}
