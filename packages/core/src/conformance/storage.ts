import type { DeviceTensor, KernelDevice } from '../kernel/contract.ts'
import { randomTensor, specOf } from '../ops/case.ts'
import type { TensorSpec } from '../ops/spec.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'
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

/** Runs a step into a tensor, and returns its result. */
type Run = (output: DeviceTensor) => Promise<Tensor>

/**
 * The output of a step that lies between two tensors in one block, on a device that lays tensors so; undefined on any
 * other.
 * @throws Error where the step changes its neighbours.
 */
export async function outputBetween(
  device: KernelDevice,
  spec: TensorSpec,
  run: Run,
): Promise<Tensor | undefined> {
  if (device.arena === undefined) return undefined
  const { alignment, place } = device.arena
  const room = (bytes: number): number => Math.ceil(bytes / alignment) * alignment
  const one = specOf(spec.dtype, [1, 1])
  const [beside, own] = [room(device.byteLength(one)), room(device.byteLength(spec))]
  const block = device.alloc({ dtype: 'int8', shape: [2 * beside + own] })
  try {
    const neighbours = [place(one, block, 0), place(one, block, beside + own)]
    const output = place(spec, block, beside)
    const random = new Random(13)
    const kept = neighbours.map(() => randomTensor(random, one))
    for (const [i, neighbour] of neighbours.entries()) await device.write(neighbour, kept[i])
    const made = await run(output)
    for (const [i, neighbour] of neighbours.entries())
      if ((await device.read(neighbour)).data[0] !== kept[i].data[0])
        throw new Error(
          `its output takes more than the ${device.byteLength(spec)} bytes of byteLength(): the tensor ${i === 0 ? 'before' : 'behind'} it in a block changed`,
        )
    return made
  } finally {
    device.free(block)
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
