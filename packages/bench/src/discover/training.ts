import { OctetError } from '@octet/core'
import { TRAINING_CONTRACT, type TrainingKernels, type TrainingPackage } from '@octet/core/training'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import type { DiscoveredKernels } from './kernels.ts'

/** The kernels that compute trainings. */
export interface OpenTraining {
  /** Id of the kernel package, or `core` for the trainer's own loops. Runs and checkpoints record it. */
  readonly id: string
  readonly kernels?: TrainingKernels
}

/**
 * Opens the training kernels of the first package that has them. Kernels that do not open are reported and skipped. If
 * there are none, the trainer's own loops compute.
 */
export async function openTraining(
  packages: readonly Pick<DiscoveredKernels, 'kernels' | 'training'>[],
  reporter: Reporter,
): Promise<OpenTraining> {
  for (const { kernels, training } of packages) {
    if (training === undefined) continue
    try {
      return { id: kernels.id, kernels: await openKernels(training) }
    } catch (error) {
      reporter.log(`${kernels.id} cannot compute training's products: ${messageOf(error)}`)
    }
  }
  return { id: 'core' }
}

async function openKernels(url: string): Promise<TrainingKernels> {
  const { default: exported } = (await import(url)) as { default?: Partial<TrainingPackage> }
  if (exported?.contract !== TRAINING_CONTRACT || typeof exported.open !== 'function')
    throw new OctetError(
      `the default export of its octet.training is no training package of contract ${TRAINING_CONTRACT}`,
      'see docs/adding-kernels.md',
    )
  return exported.open()
}
