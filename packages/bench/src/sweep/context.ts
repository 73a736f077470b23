import type { ExactKernels } from '@octet/core'
import type { Devices } from '../discover/devices.ts'
import type { OpenTraining } from '../discover/training.ts'
import type { Metering } from '../energy/metering.ts'
import type { OpenedDevice } from '../measure/jobs.ts'
import type { Reporter } from '../show/reporter.ts'
import type { Entry } from '../store/entry.ts'
import type { SweepOptions } from './options.ts'

/** The context of every part of a sweep. */
export interface SweepContext {
  readonly options: SweepOptions
  readonly devices: Devices<OpenedDevice>
  /** The records of an earlier part of this run. */
  readonly recorded: readonly Entry[]
  /** Stores an entry on disk before it returns. */
  readonly record: (entry: Entry) => void
  readonly reporter: Reporter
  /** The run's folder. It keeps trained models and training checkpoints. */
  readonly folder: string
  readonly training: OpenTraining
  /** The kernels that calibrate in place of the reference. */
  readonly exact?: ExactKernels | undefined
  /** Measures energy. It has no meters in a quick sweep. */
  readonly metering: Metering
}
