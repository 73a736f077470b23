import type { DeviceTensor, KernelDevice } from '../kernel/contract.ts'
import { randomTensor, specOf } from '../ops/case.ts'
import type { TensorSpec } from '../ops/spec.ts'
import { elements } from '../tensor/tensor.ts'
import { Random } from '../statistics/random.ts'

/**
 * What is wrong where a tensor is to reuse storage that is too small for it; undefined where the device refuses, or
 * makes room. One that does neither writes over whatever lies behind.
 */
export async function faultOfReuse(device: KernelDevice, spec: TensorSpec): Promise<string | undefined> {
  const needed = device.byteLength(spec)
  const one = specOf(spec.dtype, [1, 1])
  const [small, neighbour] = [device.alloc(one), device.alloc(one)]
  try {
    if (small.capacity >= needed) return undefined
    const large = reused(device, spec, small)
    if (large === undefined) return undefined
    if (large.capacity < needed)
      return `alloc() reuses ${large.capacity} bytes for a tensor of ${needed}: it must refuse, or the tensor lies over its neighbour`
    const random = new Random(11)
    const kept = randomTensor(random, one)
    await device.write(neighbour, kept)
    await device.write(large, randomTensor(random, spec))
    const { data } = await device.read(neighbour)
    device.free(large)
    return data[0] === kept.data[0]
      ? undefined
      : `alloc() of ${elements(spec.shape)} elements reuses the storage of one, and writing them changes its neighbour`
  } finally {
    for (const used of [small, neighbour]) device.free(used)
  }
}

/** The tensor, or undefined where the device refuses to make it. */
function reused(device: KernelDevice, spec: TensorSpec, storage: DeviceTensor): DeviceTensor | undefined {
  try {
    return device.alloc(spec, storage)
  } catch {
    return undefined
  }
}
