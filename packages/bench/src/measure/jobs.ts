import {
  type DeviceInfo,
  type Execution,
  type KernelDevice,
  load,
  type OpSpec,
  type Program,
  type Tuned,
} from '@octet/core'
import type { Effort } from '@octet/core/statistics'
import { type Inputs, type KeyedProgram, timeContenders, type Timed } from './latency.ts'

/** Whether a device can build an op, or why not. */
export type Support = ReturnType<KernelDevice['supports']>

/** The work that a sweep gives to an open device, wherever the device is. */
export interface Jobs {
  /** One answer for each op. */
  supports(specs: readonly OpSpec[]): Promise<readonly Support[]>
  /** Makes the device run the fastest variant of each op; empty where it has no variants. */
  tune(specs: readonly OpSpec[], budgetMs: number): Promise<readonly Tuned[]>
  load(program: Program): Promise<Loaded>
  /** As `timeContenders` does; all clocks are read where the device is. */
  time(programs: readonly KeyedProgram[], inputs: Inputs, effort: Effort): Promise<readonly Timed[]>
}

/** A program that is ready to answer. */
export type Loaded = Pick<Execution, 'fallbackOps' | 'run' | 'dispose'>

/** A device that is open in another process, or on another machine, and does its jobs there. */
export interface RemoteDevice {
  readonly info: DeviceInfo
  readonly jobs: Jobs
  /** Why the device cannot be reached any more. */
  readonly gone: string | undefined
  /** From now on `alive` is called while the device works. */
  onAlive(alive: () => void): void
  dispose(): Promise<void>
}

/** A device that is open, in this process or elsewhere. */
export type OpenedDevice = KernelDevice | RemoteDevice

export function jobsOf(opened: OpenedDevice): Jobs {
  return 'jobs' in opened ? opened.jobs : jobsOn(opened)
}

/** The jobs of a device of this process. */
export function jobsOn(device: KernelDevice): Jobs {
  return {
    supports: async (specs) => specs.map((spec) => device.supports(spec)),
    tune: async (specs, budgetMs) => (await device.tune?.(specs, { budgetMs })) ?? [],
    load: (program) => load(program, device),
    time: (programs, inputs, effort) => timeContenders(programs, device, inputs, effort),
  }
}
