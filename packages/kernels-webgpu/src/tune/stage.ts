import { allocate, elements, tensor, type DeviceTensor, type KernelDevice, type Tensor } from '@octet/core'
import type { Instance } from './instance.ts'

/** An instance with its tensors on the device. */
export interface Stage {
  readonly instance: Instance
  readonly inputs: readonly DeviceTensor[]
  readonly output: DeviceTensor
}

/** Puts an instance's inputs on a device, with room for its output. */
export async function setUp<Laid extends Pick<Instance, 'spec' | 'inputs'>>(
  device: KernelDevice,
  instance: Laid,
): Promise<{ instance: Laid } & Omit<Stage, 'instance'>> {
  const inputs: DeviceTensor[] = []
  for (const input of instance.inputs) {
    const held = device.alloc(input)
    inputs.push(held)
    await device.write(held, input)
  }
  return { instance, inputs, output: device.alloc(instance.spec.output) }
}

export function freeStage(device: KernelDevice, { inputs, output }: Stage): void {
  for (const held of [...inputs, output]) device.free(held)
}

/** Runs a variant with an output storage that is full of other data. */
export async function runOn(
  device: KernelDevice,
  { instance: { spec, constants }, inputs, output }: Stage,
  variant: string,
): Promise<{ output: Tensor; firstMs: number }> {
  const { dtype, shape } = spec.output
  const op = await device.prepare(spec, constants, variant)
  try {
    await device.write(output, tensor(dtype, shape, allocate(dtype, elements(shape)).fill(85)))
    const begin = performance.now()
    await device.submit([{ op, inputs, output }])
    await device.finish()
    const firstMs = performance.now() - begin
    return { output: await device.read(output), firstMs }
  } finally {
    device.release(op)
  }
}
