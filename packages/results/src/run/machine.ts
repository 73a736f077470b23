import { type DeviceInfo, OctetError } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, record, schemaOf, text, words } from './field.ts'

/** A kernel package's description of a device: the fields of the contract, without further fields. */
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

/**
 * Where a run was measured. Times of two runs are judged only where neither the machines differ (`machineFacts`) nor
 * the device.
 */
export const MachineSchema = record({
  /** Digest of what `machineFacts` gives. Earlier runs counted the adapters too. */
  fingerprint: text,
  cpu: words,
  cores: count,
  memoryBytes: count,
  os: words,
  /** Runtime and version, e.g. `node 20.20.2`. */
  runtime: text,
  /** What sets the CPU's clock, as Linux says it. Absent where it cannot be read. */
  governor: v.exactOptional(text),
  /** The devices that the run opened. */
  adapters: v.array(DeviceInfoSchema),
})
export type Machine = Described<typeof MachineSchema>

/** A machine without its devices: what tells it apart from others, by name. */
export function machineFacts({
  cpu,
  cores,
  memoryBytes,
  os,
  runtime,
  governor,
}: Omit<Machine, 'fingerprint' | 'adapters'>): Readonly<Record<string, string>> {
  return {
    'the CPU': cpu,
    'the number of cores': String(cores),
    // The memory that the firmware reserves varies from boot to boot. Whole GiB tell machines apart.
    'the memory': `${Math.round(memoryBytes / 2 ** 30)} GiB`,
    'the operating system': os,
    'the runtime': runtime,
    ...(governor !== undefined && { "the clock's governor": governor }),
  }
}

/** A fact of a machine, or of a device, that another one does not share. */
export interface MachineDifference {
  readonly name: string
  readonly before: string
  readonly after: string
}

/** In what two machines differ. A governor that one of them does not say is no difference. */
export function machineDifferences(before: Machine, after: Machine): MachineDifference[] {
  return differencesOf(machineFacts(before), machineFacts(after))
}

function differencesOf(
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): MachineDifference[] {
  return Object.keys(then)
    .filter((name) => name in now && then[name] !== now[name])
    .map((name) => ({ name, before: then[name], after: now[name] }))
}

/** A device as its driver has it: what tells it apart from others, by name. A build's use of it is no part. */
function deviceFacts({
  name,
  vendor,
  architecture,
  backend,
  driver,
}: DeviceInfo): Readonly<Record<string, string>> {
  return { name, vendor, architecture, backend, driver }
}

/** In what a device that two machines name alike differs, or that only one of them lists it. */
export function deviceDifferences(before: Machine, after: Machine, adapter: string): MachineDifference[] {
  const [then, now] = [before, after].map(({ adapters }) => adapters.find(({ id }) => id === adapter))
  if (then === undefined && now === undefined) return []
  if (then === undefined || now === undefined)
    return [{ name: 'device', before: then ? 'listed' : 'not listed', after: now ? 'listed' : 'not listed' }]
  return differencesOf(deviceFacts(then), deviceFacts(now))
}

/**
 * The devices of several lists, each once.
 * @throws OctetError where two of one id differ.
 */
export function joinAdapters(lists: readonly (readonly DeviceInfo[])[]): DeviceInfo[] {
  const joined = new Map<string, DeviceInfo>()
  for (const info of lists.flat()) {
    const known = joined.get(info.id)
    if (known !== undefined && described(known) !== described(info))
      throw new OctetError(
        `the adapter ${info.id} (${info.name}) has another driver or other features than in an earlier part`,
        'times of two machines do not mix',
      )
    joined.set(info.id, info)
  }
  return [...joined.values()]
}

/** All that a results file keeps of a device, in one order. */
function described(info: DeviceInfo): string {
  return JSON.stringify(v.parse(DeviceInfoSchema, info))
}
