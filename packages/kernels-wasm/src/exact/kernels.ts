import {
  bytesPerElement,
  type Constants,
  type ExactKernels,
  type OpSpec,
  sumsPastInt32,
  type Tensor,
} from '@octet/core'
import { Shelf } from '../memory/shelf.ts'
import type { Started } from '../open/start.ts'
import { Run } from '../threads/run.ts'
import { jobOf, type Job } from './job.ts'
import { ready } from './words.ts'

/** The most bytes of inputs and outputs together, for the images that are computed at once. */
const IMAGES_BYTES: number = 2 ** 27
/** Vectors are read past the last element. */
const SLACK_BYTES = 64

/** Sums in float64 SIMD that keep each output's own order: vectors span positions, and not the terms of a sum. */
export class WasmExact implements ExactKernels {
  readonly name: string
  readonly #started: Started

  constructor(started: Started) {
    const { size } = started.team
    this.name = `WebAssembly SIMD, float64 sums, ${size} thread${size === 1 ? '' : 's'}`
    this.#started = started
  }

  compute(spec: OpSpec, constants: Constants, inputs: readonly Tensor[], output: Tensor): boolean {
    if (sumsPastInt32(spec) !== undefined) return false
    const job = jobOf(spec, constants, inputs)
    if (job === undefined) return false
    const shelf = new Shelf(this.#started.heap)
    try {
      return this.#run(job, output, shelf)
    } finally {
      shelf.free()
    }
  }

  async dispose(): Promise<void> {
    await this.#started.team.dispose()
  }

  #run(job: Job, output: Tensor, shelf: Shelf): boolean {
    const { heap, team, index } = this.#started
    const overflow = shelf.put(new Int32Array(1))
    const { call, scratchBytes } = ready(job, heap, shelf, team.size, overflow)
    const each = Math.ceil(scratchBytes / 64) * 64 + 64
    team.setScratch(shelf.reserve(each * team.size), each)
    const [from, to] = [job.x, output].map((one) => bytesOf(one, job.images))
    const most = Math.min(job.images, Math.max(1, Math.floor(IMAGES_BYTES / (from + to))))
    const [x, y] = [shelf.reserve(most * from + SLACK_BYTES), shelf.reserve(most * to + SLACK_BYTES)]
    for (let first = 0; first < job.images; first += most) {
      const images = Math.min(most, job.images - first)
      const { kernel, tiles, cycles, constants } = call(images)
      // Memory that is not shared gets a new buffer when it grows.
      const bytes = new Uint8Array(heap.memory.buffer)
      bytes.set(partOf(job.x, first * from, images * from), x)
      const share = team.shareOf({ tiles, cycles })
      const run = new Run([[index.get(kernel)!, tiles, share, constants, y, x, x, x]], cycles)
      team.run(run, team.isFasterAlone(run) ?? false)
      partOf(output, first * to, images * to).set(bytes.subarray(y, y + images * to))
    }
    return new Int32Array(heap.memory.buffer, overflow, 1)[0] === 0
  }
}

/** Bytes of one image of a tensor. */
function bytesOf({ dtype, data }: Tensor, images: number): number {
  return (data.length / images) * bytesPerElement(dtype)
}

function partOf({ data }: Tensor, from: number, bytes: number): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset + from, bytes)
}
