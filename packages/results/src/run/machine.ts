import { type DeviceInfo, OctetError } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, record, schemaOf, text, words } from './field.ts'

/** A kernel package's description of a device: exactly the fields of the contract. */
export const DeviceInfoSchema = schemaOf<DeviceInfo>()(
  v.object({
    /** A short and stable name for `--adapter`, such as `swiftshader`. */
    id: text,
    name: words,
    vendor: words,
    architecture: words,
    backend: words,
    driver: words,
    /** Whether the arithmetic runs on the CPU. */
    software: v.boolean(),
    features: v.array(words),
    /** How the device computes each precision, and other facts that decide its speed. */
    modes: v.record(words, words),
  }),
)

/**
 * The machine on which a run was measured. Times of two runs are judged only if the machines (`machineFacts`) and the
 * devices are the same.
 */
export const MachineSchema = record({
  /** A digest of `machineFacts`. Earlier runs also counted the adapters. */
  fingerprint: text,
  /** The name of the processor, as the system gives it. */
  cpu: words,
  /** The number of logical cores. */
  cores: count,
  /** The size of the main memory. */
  memoryBytes: count,
  /** The operating system and its version. */
  os: words,
  /** The runtime and its version, such as `node 20.20.2`. */
  runtime: text,
  /** The governor of the CPU's clock on Linux. Absent if it cannot be read. */
  governor: v.exactOptional(text),
  /** The devices that the run opened. */
  adapters: v.array(DeviceInfoSchema),
})
export type Machine = Described<typeof MachineSchema>

/** The facts, by name, that tell machines apart, without their memory and their devices. */
export function machineFacts({
  cpu,
  cores,
  os,
  runtime,
  governor,
}: Omit<Machine, 'fingerprint' | 'adapters'>): Readonly<Record<string, string>> {
  return {
    'the CPU': cpu,
    'the number of cores': String(cores),
    'the operating system': os,
    'the runtime': runtime,
    ...(governor !== undefined && { "the clock's governor": governor }),
  }
}

/** A fact in which two machines or devices differ. */
export interface MachineDifference {
  readonly name: string
  readonly before: string
  readonly after: string
}

/**
 * The ratio of two memory sizes above which they are two machines. The firmware reserves other amounts at each boot,
 * and the host of a virtual machine may take back memory while the machine runs. Sizes that are sold differ by more.
 */
const OTHER_MEMORY = 1.25

/** The differences of two machines. An unknown governor on one of them is no difference. */
export function machineDifferences(before: Machine, after: Machine): MachineDifference[] {
  return [
    ...differencesOf(machineFacts(before), machineFacts(after)),
    ...memoryDifference(before.memoryBytes, after.memoryBytes),
  ]
}

function memoryDifference(before: number, after: number): MachineDifference[] {
  if (Math.max(before, after) <= OTHER_MEMORY * Math.min(before, after)) return []
  const shown = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  return [{ name: 'the memory', before: shown(before), after: shown(after) }]
}

function differencesOf(
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): MachineDifference[] {
  return Object.keys(then)
    .filter((name) => name in now && then[name] !== now[name])
    .map((name) => ({ name, before: then[name], after: now[name] }))
}

/** The facts, by name, that tell devices apart, from the driver. How a build uses a device does not count. */
function deviceFacts({
  name,
  vendor,
  architecture,
  backend,
  driver,
}: DeviceInfo): Readonly<Record<string, string>> {
  return { name, vendor, architecture, backend, driver }
}

/**
 * The differences of a device with the same name on two machines. It is also a difference if only one machine lists it.
 */
export function deviceDifferences(before: Machine, after: Machine, adapter: string): MachineDifference[] {
  const [then, now] = [before, after].map(({ adapters }) => adapters.find(({ id }) => id === adapter))
  if (then === undefined && now === undefined) return []
  if (then === undefined || now === undefined)
    return [{ name: 'device', before: then ? 'listed' : 'not listed', after: now ? 'listed' : 'not listed' }]
  return differencesOf(deviceFacts(then), deviceFacts(now))
}

/**
 * The devices of several lists, each once.
 * @throws OctetError if two devices with one id differ.
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

/** All facts of a device in a results file, in a fixed order. */
function described(info: DeviceInfo): string {
  return JSON.stringify(v.parse(DeviceInfoSchema, info))
}
