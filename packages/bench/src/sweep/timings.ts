import { createHash } from 'node:crypto'
import { type Program, programKey, type Samples } from '@octet/core'
import type { Effort } from '@octet/core/statistics'
import type { Configuration } from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import { jobsOf, type OpenedDevice } from '../measure/jobs.ts'
import { ContenderFault, type KeyedProgram, type Timed } from '../measure/latency.ts'
import type { Spots } from '../measure/spots.ts'
import type { Inspected } from '../profile/inspect.ts'
import type { Profiled } from '../profile/profile.ts'
import { messageOf } from '../show/message.ts'
import type { TimedProgram } from '../store/entry.ts'

/** A configuration with its program for one sample. */
export interface Lowered {
  readonly configuration: Configuration
  readonly program: Program
}

/** Short name of a program. Configurations that differ only in numbers share it. */
export function programName(program: Program): string {
  return createHash('sha256').update(programKey(program)).digest('hex').slice(0, 12)
}

/** The result of timing programs. Every program is in one of the three lists. */
export interface Timings {
  readonly timed: readonly TimedProgram[]
  /** By program name: the fault of its answers after the timing. */
  readonly wrong: ReadonlyMap<string, string>
  /** By program name: the reason why it could not be timed. */
  readonly faults: ReadonlyMap<string, string>
  /** The faults of the device when it inspected programs that it had already timed. */
  readonly unseen: readonly string[]
}

/** The further findings on a program besides its time. */
export interface Looked {
  readonly profile?: Profiled
  readonly energy?: TimedProgram['energy']
}

/** The device and the samples for timing programs. */
export interface TimingInputs {
  readonly sample: Samples
  readonly spots: Spots
  /**
   * Finds the parts of a program's time and energy. `isFirst` says that no other program of its precision was inspected
   * before.
   */
  readonly looksInto: (subject: Inspected, isFirst: boolean) => Promise<Looked>
}

/** The device failed when it inspected a program that it had already timed. */
class LookFault extends Error {
  readonly key: string

  constructor(key: string, cause: unknown) {
    super(messageOf(cause), { cause })
    this.key = key
  }
}

/** After this many faults during inspections on a device, no more programs are inspected. */
const MOST_LOOK_FAULTS = 2

/**
 * Times each distinct program once on a device, for all configurations that share it. FP32 is the baseline if it takes
 * part. A program that breaks the device is left out, and the others are timed on a fresh device. A program that breaks
 * the device only during its inspection is timed again on a fresh device together with the others, and is not
 * inspected.
 */
export async function timePrograms(
  workload: string,
  lowered: readonly Lowered[],
  device: RenewableDevice<OpenedDevice>,
  { sample, spots, looksInto }: TimingInputs,
  effort: Effort,
): Promise<Timings> {
  const contenders = new Map<string, KeyedProgram>()
  const sharing = new Map<string, number>()
  for (const { program } of lowered) {
    const key = programName(program)
    if (!contenders.has(key)) contenders.set(key, { key, program })
    sharing.set(key, (sharing.get(key) ?? 0) + 1)
  }
  const place = { workload, kernels: device.kernels, adapter: device.device.info.id }
  const faults = new Map<string, string>()
  const looked = new Map<string, Looked>()
  const lookFaults = new Map<string, string>()
  const inspect = async (key: string, subject: Inspected): Promise<void> => {
    if (looked.has(key) || lookFaults.has(key) || lookFaults.size === MOST_LOOK_FAULTS) return
    const { precision } = subject.program
    const isFirst = ![...looked.keys()].some((one) => contenders.get(one)?.program.precision === precision)
    try {
      looked.set(key, await looksInto(subject, isFirst))
    } catch (error) {
      throw new LookFault(key, error)
    }
  }
  while (contenders.size > 0) {
    try {
      const inputs = { sample, drawn: spots.samples, inspect }
      const timed = await device.use(
        (open) => jobsOf(open).time([...contenders.values()], inputs, effort),
        'it was timed',
      )
      const wrong = new Map<string, string>()
      for (const { key, outputs } of timed) {
        const fault = await spots.faultOfOutputs(contenders.get(key)!.program, outputs)
        if (fault !== undefined) wrong.set(key, fault)
      }
      const right = timed.filter(({ key }) => !wrong.has(key))
      const shared = right.map((one) =>
        forSharing(one, { others: sharing.get(one.key)! - 1, place, looked: looked.get(one.key) ?? {} }),
      )
      return { timed: shared, wrong, faults, unseen: [...lookFaults.values()] }
    } catch (error) {
      if (error instanceof LookFault) {
        lookFaults.set(error.key, error.message)
        continue
      }
      const broken = error instanceof ContenderFault ? [error.key] : [...contenders.keys()]
      for (const key of broken) {
        faults.set(key, messageOf(error))
        contenders.delete(key)
      }
    }
  }
  return { timed: [], wrong: new Map(), faults, unseen: [...lookFaults.values()] }
}

interface Sharing {
  /** Number of the other configurations of the program. */
  readonly others: number
  readonly place: Pick<TimedProgram, 'workload' | 'kernels' | 'adapter'>
  readonly looked: Looked
}

function forSharing(
  { key, latency, memory, fallbackOps, variants, unstable }: Timed,
  { others, place, looked: { profile, energy } }: Sharing,
): TimedProgram {
  return {
    ...place,
    program: key,
    latency: { ...latency, shared: { program: key, with: others } },
    memory,
    fallbackOps,
    variants,
    ...(profile && { profile: { ...place, program: key, ...profile } }),
    ...(energy && { energy }),
    ...(unstable !== undefined && { unstable }),
  }
}
