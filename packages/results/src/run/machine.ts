import type { DeviceInfo } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, record, schemaOf, text, words } from './field.ts'

/** What a kernel package says of a device: all that the contract asks for, and what more it says is left out. */
export const DeviceInfoSchema = schemaOf<DeviceInfo>()(
  v.object({
    id: text,
    name: words,
    vendor: words,
    architecture: words,
    backend: words,
    driver: words,
    software: v.boolean(),
    features: v.array(words),
    modes: v.record(words, words),
  }),
)

/** Where a run was measured. Times of two runs are compared only when the fingerprints are equal. */
export const MachineSchema = record({
  /** Digest of every other field here. */
  fingerprint: text,
  cpu: words,
  cores: count,
  memoryBytes: count,
  os: words,
  /** Runtime and version, e.g. `node 20.20.2`. */
  runtime: text,
  /** The devices that the run opened. */
  adapters: v.array(DeviceInfoSchema),
})
export type Machine = Described<typeof MachineSchema>
