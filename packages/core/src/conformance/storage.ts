import type { DeviceTensor, KernelDevice } from '../kernel/contract.ts'
import { randomTensor, specOf } from '../ops/case.ts'
import type { TensorSpec } from '../ops/spec.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'
import { Random } from '../statistics/random.ts'

/**
 * The fault of a device that reuses storage that is too small for a tensor; undefined if the device refuses or makes
 * room. Otherwise it would overwrite whatever lies behind the storage.
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
      return (
        `alloc() reuses ${large.capacity} bytes for a tensor of ${needed}: it must refuse, or the ` +
        'tensor lies over its neighbour'
      )
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
 * The output of a step that lies between two tensors in one block. Undefined if the device does not place tensors in
 * blocks.
 * @throws Error if the step changes its neighbours.
 */
export async function outputBetween(
  device: KernelDevice,
  spec: TensorSpec,
  run: Run,
): Promise<Tensor | undefined> {
  if (device.arena === undefined) return undefined
  const { alignment, place } = device.arena
  const room = (bytes: number): number => Math.ceil(bytes / alignment) * alignment
  const own = room(device.byteLength(spec))
  const small = filling(device, spec.dtype, alignment)
  const beside = room(device.byteLength(small))
  const block = device.alloc({ dtype: 'int8', shape: [2 * beside + own] })
  try {
    const neighbours = [place(small, block, 0), place(small, block, beside + own)]
    const output = place(spec, block, beside)
    const random = new Random(13)
    const kept = neighbours.map(() => randomTensor(random, small))
    for (const [i, neighbour] of neighbours.entries()) await device.write(neighbour, kept[i])
    const made = await run(output)
    for (const [i, neighbour] of neighbours.entries())
      if (!sameBits(await device.read(neighbour), kept[i]))
        throw new Error(
          i === 0
            ? 'it writes in front of its output: the tensor before it in a block changed'
            : `its output takes more than the ${device.byteLength(spec)} bytes of byteLength(): the ` +
                'tensor behind it in a block changed',
        )
    return made
  } finally {
    device.free(block)
  }
}

/** A tensor whose values fill all of its room up to the alignment, so any write outside its output hits one of them. */
function filling(device: KernelDevice, dtype: TensorSpec['dtype'], alignment: number): TensorSpec {
  for (let width = alignment; ; width--) {
    const spec = specOf(dtype, [1, width])
    if (width === 1 || device.byteLength(spec) <= alignment) return spec
  }
}

function sameBits(a: Tensor, b: Tensor): boolean {
  const [x, y] = [a, b].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return x.length === y.length && x.every((byte, i) => byte === y[i])
}

/** The tensor, or undefined if the device refuses to allocate it. */
function reused(device: KernelDevice, spec: TensorSpec, storage: DeviceTensor): DeviceTensor | undefined {
  try {
    return device.alloc(spec, storage)
  } catch {
    return undefined
  }
}
