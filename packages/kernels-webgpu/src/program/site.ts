import type { Constants, DeviceTensor, OpSpec, Tensor, TensorSpec } from '@octet/core'
import type { Faults } from '../device/faults.ts'
import type { Pipelines } from '../device/pipelines.ts'
import type { Plans } from '../device/plans.ts'
import type { Prepared } from '../device/prepared.ts'
import type { Wait } from '../open/source.ts'
import type { Target } from '../wgsl/target.ts'

/** The device on which programs are compiled. */
export interface Site {
  readonly device: GPUDevice
  readonly kernels: Kernels
  readonly target: Target
  readonly plans: Plans
  readonly pipelines: Pipelines
  readonly faults: Faults
  readonly wait: Wait
}

/** The parts of a device that a program takes one by one. */
export interface Kernels {
  alloc(spec: TensorSpec, reuse?: DeviceTensor): DeviceTensor
  write(target: DeviceTensor, data: Tensor): Promise<void>
  prepare(spec: OpSpec, constants: Constants): Promise<Prepared>
  free(tensor: DeviceTensor): void
  release(op: Prepared): void
}
