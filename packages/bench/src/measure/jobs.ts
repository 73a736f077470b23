import {
  type DeviceInfo,
  type Execution,
  type KernelDevice,
  load,
  type OpSpec,
  type Program,
  type Tuned,
  tunePrograms,
} from '@octet/core'
import type { Effort } from '@octet/core/statistics'
import { type Inputs, type KeyedProgram, timeContenders, type Timed } from './latency.ts'

/** Whether a device can build an op, or the reason why not. */
export type Support = ReturnType<KernelDevice['supports']>

/** The jobs that a sweep gives to an open device, local or remote. */
export interface Jobs {
  /** One answer per op. */
  supports(specs: readonly OpSpec[]): Promise<readonly Support[]>
  /** Makes the device run programs in the fastest way that it finds. One result per op; empty without variants. */
  tune(programs: readonly Program[], budgetMs: number): Promise<readonly Tuned[]>
  load(program: Program): Promise<Loaded>
  /** Like `timeContenders`. All clocks are read on the device's side. */
  time(programs: readonly KeyedProgram[], inputs: Inputs, effort: Effort): Promise<readonly Timed[]>
}

/** A program that is ready to answer. */
export type Loaded = Pick<Execution, 'fallbackOps' | 'run' | 'dispose'>

/** An open device in another process or on another machine. It does its jobs there. */
export interface RemoteDevice {
  readonly info: DeviceInfo
  readonly jobs: Jobs
  /** The reason why the device is no longer reachable. */
  readonly gone: string | undefined
  /** Sets the function that is called while the device works. */
  onAlive(alive: () => void): void
  dispose(): Promise<void>
}

/** An open device, in this process or elsewhere. */
export type OpenedDevice = KernelDevice | RemoteDevice

export function jobsOf(opened: OpenedDevice): Jobs {
  return 'jobs' in opened ? opened.jobs : jobsOn(opened)
}

/** The jobs of a device of this process. */
export function jobsOn(device: KernelDevice): Jobs {
  return {
    supports: async (specs) => specs.map((spec) => device.supports(spec)),
    tune: (programs, budgetMs) => tunePrograms(programs, device, { budgetMs }),
    load: (program) => load(program, device),
    time: (programs, inputs, effort) => timeContenders(programs, device, inputs, effort),
  }
}
