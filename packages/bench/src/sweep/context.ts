import type { ExactKernels } from '@octet/core'
import type { Devices } from '../discover/devices.ts'
import type { OpenTraining } from '../discover/training.ts'
import type { Meter } from '../energy/meter.ts'
import type { Reporter } from '../show/reporter.ts'
import type { Entry } from '../store/entry.ts'
import type { SweepOptions } from './options.ts'

/** What every part of a sweep is handed. */
export interface SweepContext {
  readonly options: SweepOptions
  readonly devices: Devices
  /** What an earlier part of this run recorded. */
  readonly recorded: readonly Entry[]
  /** Keeps an entry for good before it returns. */
  readonly record: (entry: Entry) => void
  readonly reporter: Reporter
  /** The run's folder, where trained models and checkpoints of trainings are kept. */
  readonly folder: string
  readonly training: OpenTraining
  /** What calibrates in the reference's stead. */
  readonly exact?: ExactKernels | undefined
  /** What tells energy; none in a quick sweep. */
  readonly meters: readonly Meter[]
}
