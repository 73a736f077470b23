import {
  bytesPerElement,
  type Constants,
  type DeviceInfo,
  type DeviceTensor,
  elements,
  type KernelDevice,
  OctetError,
  type OpSpec,
  type PreparedOp,
  type Step,
  type Tensor,
  type TensorSpec,
  type Timing,
  viewAs,
} from '@octet/core'
import { timed } from '@octet/core/statistics'
import type { Kernel } from './kernel.ts'
import { declined, prepareKernel } from './kernels.ts'

/** The identity of this device. Reports show it, and timings are compared only within one identity. */
export const INFO: DeviceInfo = {
  id: 'host',
  name: 'plain TypeScript on host arrays',
  vendor: 'octet',
  architecture: 'javascript',
  backend: 'cpu',
  driver: '',
  software: true,
  features: [],
  modes: { fp32: 'float64 sums', int8: 'int32 sums' },
}

/** A tensor's bytes. Your own device holds its buffer here, in any layout that suits it. */
interface HostTensor extends DeviceTensor {
  readonly storage: ArrayBuffer
}

interface HostOp extends PreparedOp {
  readonly run: Kernel['run']
}

/** A device with tensors in host memory, in ONNX order without padding. It runs one op after the other. */
export class HostDevice implements KernelDevice {
  readonly info: DeviceInfo = INFO

  supports(spec: OpSpec): true | { readonly reason: string } {
    const reason = declined(spec)
    return reason === undefined ? true : { reason }
  }

  byteLength({ dtype, shape }: TensorSpec): number {
    return elements(shape) * bytesPerElement(dtype)
  }

  alloc(spec: TensorSpec, reuse?: DeviceTensor): DeviceTensor {
    // A tensor that takes over storage finds another tensor's bits in it.
    const bytes = this.byteLength(spec)
    const storage = reuse === undefined ? new ArrayBuffer(bytes) : (reuse as HostTensor).storage
    if (storage.byteLength < bytes)
      throw new OctetError(
        `a tensor of ${bytes} bytes does not fit into the ${storage.byteLength} bytes that it is to reuse`,
      )
    const made: HostTensor = { spec, capacity: storage.byteLength, storage }
    return made
  }

  async write(target: DeviceTensor, { data }: Tensor): Promise<void> {
    view(target).data.set(data)
  }

  async read(source: DeviceTensor): Promise<Tensor> {
    const { dtype, shape, data } = view(source)
    return { dtype, shape, data: data.slice() }
  }

  async prepare(spec: OpSpec, constants: Constants): Promise<PreparedOp> {
    const made: HostOp = { spec, ...prepareKernel(spec, constants) }
    return made
  }

  async submit(steps: readonly Step[]): Promise<void> {
    for (const { op, inputs, output } of steps) (op as HostOp).run(inputs.map(view), view(output))
  }

  async finish(): Promise<void> {
    // All steps are finished when submit returns. A device with a queue waits for the queue here.
  }

  async time(steps: readonly Step[], repeats: number): Promise<Timing> {
    return { clock: 'wall', ns: await timed(repeats, () => this.submit(steps)) }
  }

  // Host memory is collected when there are no more references to it.
  free(): void {}
  release(): void {}
  async dispose(): Promise<void> {}
}

/** A device tensor as a host tensor over the same bytes. */
function view(held: DeviceTensor): Tensor {
  const { spec, storage } = held as HostTensor
  return { ...spec, data: viewAs(spec.dtype, storage, elements(spec.shape)) }
}
