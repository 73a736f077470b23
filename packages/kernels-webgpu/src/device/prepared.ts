import { OctetError, sameShape, type DeviceTensor, type OpSpec, type PreparedOp } from '@octet/core'
import { describeTensor, nameOf } from '../ops/kernel.ts'
import type { Workgroups } from '../wgsl/shader.ts'
import { storageOf, type Storage } from './storage.ts'

/** A start of a pipeline with all that it binds. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly group: GPUBindGroup
  readonly workgroups: Workgroups
}

/** Encodes a dispatch. */
export function encode(pass: GPUComputePassEncoder, { pipeline, group, workgroups }: Dispatch): void {
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(...workgroups)
}

interface Binding {
  readonly storages: readonly Storage[]
  readonly group: GPUBindGroup
}

/** A pipeline with its constants. Each set of tensors gets its bind groups once. */
export class Prepared implements PreparedOp {
  readonly spec: OpSpec
  readonly variant: string
  readonly constantBytes: number
  readonly #device: GPUDevice
  readonly #pipeline: GPUComputePipeline
  readonly #workgroups: Workgroups
  readonly #constants: readonly GPUBuffer[]
  #bindings: Binding[] = []
  #released = false

  constructor(
    device: GPUDevice,
    spec: OpSpec,
    variant: string,
    pipeline: GPUComputePipeline,
    workgroups: Workgroups,
    constants: readonly GPUBuffer[],
  ) {
    this.#device = device
    this.spec = spec
    this.variant = variant
    this.#pipeline = pipeline
    this.#workgroups = workgroups
    this.#constants = constants
    this.constantBytes = constants.reduce((sum, { size }) => sum + size, 0)
  }

  /** The dispatch of the op on these tensors. @throws OctetError if the op was not prepared for such tensors. */
  on(inputs: readonly DeviceTensor[], output: DeviceTensor): Dispatch {
    if (this.#released) throw new OctetError(`${nameOf(this.spec)} was released`)
    const tensors = [...inputs, output]
    for (const [index, wanted] of [...this.spec.inputs, this.spec.output].entries()) {
      const given = tensors[index]
      if (given?.spec.dtype !== wanted.dtype || !sameShape(given.spec.shape, wanted.shape))
        throw new OctetError(
          `${nameOf(this.spec)} was given ` +
            `${given ? describeTensor(given.spec) : 'nothing'} for ${describeTensor(wanted)}`,
        )
    }
    return {
      pipeline: this.#pipeline,
      group: this.#bind(tensors.map(storageOf)),
      workgroups: this.#workgroups,
    }
  }

  /** Drops the bind groups that hold a storage that is about to be freed. */
  forget(storage: Storage): void {
    this.#bindings = this.#bindings.filter(({ storages }) => !storages.includes(storage))
  }

  destroy(): void {
    this.#released = true
    this.#bindings = []
    for (const buffer of this.#constants) buffer.destroy()
  }

  #bind(storages: readonly Storage[]): GPUBindGroup {
    const known = this.#bindings.find((binding) =>
      binding.storages.every((s, index) => s === storages[index]),
    )
    if (known !== undefined) return known.group
    const buffers = [...storages.map(({ buffer }) => buffer), ...this.#constants]
    const group = this.#device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
    this.#bindings.push({ storages, group })
    return group
  }
}
