import { timed } from '../statistics/clock.ts'
import { OctetError } from '../error.ts'
import {
  CONTRACT,
  type DeviceInfo,
  type DeviceTensor,
  type KernelDevice,
  type KernelPackage,
  type PreparedOp,
  type Step,
} from '../kernel/contract.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Constants, TensorSpec } from '../ops/spec.ts'
import type { OpSpec } from '../ops/list.ts'
import { bytesPerElement, viewAs } from '../tensor/dtype.ts'
import { elements, sameShape, type Tensor } from '../tensor/tensor.ts'
import { computeBy, obstacle } from './kernels.ts'

const INFO: DeviceInfo = {
  id: 'reference',
  name: 'plain TypeScript, float64 accumulation',
  vendor: 'octet',
  architecture: 'javascript',
  backend: 'cpu',
  driver: '',
  software: true,
  features: [],
  modes: {
    fp32: 'float64 sums, rounded to float32',
    fp16: 'float64 sums, rounded to float16',
    int8: 'exact integers',
  },
}

interface HostTensor extends DeviceTensor {
  readonly storage: ArrayBuffer
  /** The number of bytes before it in the storage. */
  readonly offset: number
}

/** Offsets of tensors in one block are multiples of this, so that elements of any dtype can begin there. */
const ALIGNMENT = 8

interface HostOp extends PreparedOp {
  readonly constants: Constants
}

/**
 * The slow device that defines correct results, with host arrays and one op after the other. It declines only specs
 * without a meaning.
 */
class ReferenceDevice implements KernelDevice {
  readonly info: DeviceInfo = INFO
  /** Kernels with the same results that compute in place of the reference. */
  readonly exact: ExactKernels | undefined

  constructor(exact?: ExactKernels) {
    this.exact = exact
  }

  supports(spec: OpSpec): true | { readonly reason: string } {
    const reason = obstacle(spec)
    return reason === undefined ? true : { reason }
  }

  byteLength(spec: TensorSpec): number {
    return elements(spec.shape) * bytesPerElement(spec.dtype)
  }

  alloc(spec: TensorSpec, reuse?: DeviceTensor): DeviceTensor {
    const bytes = this.byteLength(spec)
    if (reuse === undefined) {
      const made: HostTensor = { spec, capacity: bytes, storage: new ArrayBuffer(bytes), offset: 0 }
      return made
    }
    if (reuse.capacity < bytes)
      throw new OctetError(
        `a tensor of ${bytes} bytes does not fit into the ${reuse.capacity} bytes that it is to reuse`,
      )
    const { storage, offset, capacity } = reuse as HostTensor
    const made: HostTensor = { spec, capacity, storage, offset }
    return made
  }

  readonly arena: NonNullable<KernelDevice['arena']> = {
    alignment: ALIGNMENT,
    place: (spec, block, offset) => {
      const capacity = this.byteLength(spec)
      if (offset % ALIGNMENT !== 0 || offset + capacity > block.capacity)
        throw new OctetError(
          `a tensor of ${capacity} bytes does not fit into ${block.capacity} bytes from byte ${offset} on`,
        )
      const { storage, offset: begin } = block as HostTensor
      const made: HostTensor = { spec, capacity, storage, offset: begin + offset }
      return made
    },
  }

  async write(target: DeviceTensor, data: Tensor): Promise<void> {
    if (data.dtype !== target.spec.dtype || !sameShape(data.shape, target.spec.shape))
      throw new OctetError(
        `a ${target.spec.dtype} [${target.spec.shape.join(', ')}] tensor was written with ${data.dtype} ` +
          `[${data.shape.join(', ')}]`,
      )
    view(target).data.set(data.data)
  }

  async read(source: DeviceTensor): Promise<Tensor> {
    const seen = view(source)
    return { ...seen, data: seen.data.slice() }
  }

  async prepare(spec: OpSpec, constants: Constants): Promise<PreparedOp> {
    const made: HostOp = { spec, constants, constantBytes: bytesOf(constants) }
    return made
  }

  async submit(steps: readonly Step[]): Promise<void> {
    for (const { op, inputs, output } of steps)
      computeBy(this.exact, op.spec, (op as HostOp).constants, inputs.map(view), view(output))
  }

  async finish(): Promise<void> {}

  async time(steps: readonly Step[], repeats: number): Promise<{ clock: 'wall'; ns: number[] }> {
    return { clock: 'wall', ns: await timed(repeats, () => this.submit(steps)) }
  }

  free(): void {}
  release(): void {}
  async dispose(): Promise<void> {}
}

function view(source: DeviceTensor): Tensor {
  const { spec, storage, offset } = source as HostTensor
  return { ...spec, data: viewAs(spec.dtype, storage, elements(spec.shape), offset) }
}

function bytesOf(constants: Constants): number {
  let bytes = 0
  for (const value of Object.values(constants) as unknown[])
    if (ArrayBuffer.isView(value)) bytes += value.byteLength
    else if (typeof value === 'object' && value !== null && 'data' in value && ArrayBuffer.isView(value.data))
      bytes += value.data.byteLength
  return bytes
}

/**
 * The reference as a kernel package. It runs the ops that no other package runs, and defines the results of all others.
 */
export const referencePackage: KernelPackage = {
  id: 'reference',
  contract: CONTRACT,
  open: async () => new ReferenceDevice(),
}

/** An open reference device. Where `exact` kernels can compute, they replace it, with the same results. */
export function openReference(exact?: ExactKernels): KernelDevice {
  return new ReferenceDevice(exact)
}
