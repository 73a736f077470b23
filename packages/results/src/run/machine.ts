import type { DeviceInfo } from '@octet/core'
import * as v from 'valibot'
import { count, text, words } from './field.ts'

/** Where a run was measured. Times of two runs are compared only when the fingerprints are equal. */
export interface Machine {
  /** Digest of every other field here. */
  readonly fingerprint: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly os: string
  /** Runtime and version, e.g. `node 20.20.2`. */
  readonly runtime: string
  /** The devices that the run opened. */
  readonly adapters: readonly DeviceInfo[]
}

export const DeviceInfoSchema: v.GenericSchema<DeviceInfo> = v.object({
  id: text,
  name: words,
  vendor: words,
  architecture: words,
  backend: words,
  driver: words,
  software: v.boolean(),
  features: v.array(words),
  modes: v.record(words, words),
})

export const MachineSchema: v.GenericSchema<Machine> = v.object({
  fingerprint: text,
  cpu: words,
  cores: count,
  memoryBytes: count,
  os: words,
  runtime: text,
  adapters: v.array(DeviceInfoSchema),
})
