import { type Constants, isDevice, type KernelDevice, type OpSpec, type Tensor } from '@octet/core'
import { afterAll } from 'vitest'
import wasm from '../dist/index.js'

async function open(adapter: string): Promise<KernelDevice> {
  const opened = await wasm.open({ runtime: 'node', adapter })
  if (!isDevice(opened)) throw new Error(opened.unavailable)
  return opened
}

/** A device on all cores and one on a single thread, for the tests of one file. */
export const devices: readonly KernelDevice[] = [await open('wasm'), await open('wasm-1-thread')]
afterAll(async () => {
  for (const device of devices) await device.dispose()
})

/** What a device computes of an op on one input; nothing of it is left on the device. */
export async function run(device: KernelDevice, { spec, constants, x, variant }: Case): Promise<Tensor> {
  const op = await device.prepare(spec, constants, variant)
  const [input, output] = [device.alloc(x), device.alloc(spec.output)]
  await device.write(input, x)
  await device.submit([{ op, inputs: [input], output }])
  const read = await device.read(output)
  for (const tensor of [input, output]) device.free(tensor)
  device.release(op)
  return read
}

/** An op with numbers to run it on. */
export interface Case {
  readonly spec: OpSpec
  readonly constants: Constants
  readonly x: Tensor
  readonly variant?: string
}
