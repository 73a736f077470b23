import type { DeviceInfo } from '@octet/core'
import * as v from 'valibot'
import { count, text } from './field.ts'

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

const DeviceInfoSchema: v.GenericSchema<DeviceInfo> = v.object({
  id: text,
  name: v.string(),
  vendor: v.string(),
  architecture: v.string(),
  backend: v.string(),
  driver: v.string(),
  software: v.boolean(),
  features: v.array(v.string()),
  modes: v.record(v.string(), v.string()),
})

export const MachineSchema: v.GenericSchema<Machine> = v.object({
  fingerprint: text,
  cpu: v.string(),
  cores: count,
  memoryBytes: count,
  os: v.string(),
  runtime: text,
  adapters: v.array(DeviceInfoSchema),
})
