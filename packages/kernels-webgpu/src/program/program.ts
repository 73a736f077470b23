import {
  OctetError,
  type CompiledPart,
  type CompiledProgram,
  type DeviceTensor,
  type StepList,
  type Tensor,
  type Timing,
} from '@octet/core'
import { fromStored, storedBytes } from '../device/layout.ts'
import { encode, type Dispatch } from '../device/prepared.ts'
import { storageOf } from '../device/storage.ts'
import { timePasses } from '../device/timing.ts'
import { END_OFFSET } from './chain.ts'
import type { Site } from './site.ts'

/** What a program is made of. */
interface Parts {
  readonly compilation: string
  readonly parts: readonly CompiledPart[]
  readonly dispatches: readonly Dispatch[]
  /** By dispatch: the scalars of a chain, which say how many of its steps run. Undefined for a kernel. */
  readonly ends: readonly (GPUBuffer | undefined)[]
  readonly tensors: readonly DeviceTensor[]
  readonly list: StepList
  readonly constantBytes: number
  readonly activationBytes: number
  readonly release: () => void
}

/** Where a tensor that is read lies in the buffer that the host maps. */
interface Copy {
  readonly from: GPUBuffer
  readonly offset: number
  readonly bytes: number
}

/** Copies to a buffer that is mapped begin on multiples of this. */
const MAP_ALIGNMENT = 8

/** A program with everything bound: a run is an upload, one submission, and a look at what it copied out. */
export class Program implements CompiledProgram {
  readonly compilation: string
  readonly parts: readonly CompiledPart[]
  readonly constantBytes: number
  readonly activationBytes: number
  readonly #site: Site
  readonly #made: Parts
  readonly #copies = new Map<number, Copy>()
  readonly #staging: GPUBuffer
  #released = false

  constructor(site: Site, made: Parts) {
    this.compilation = made.compilation
    this.parts = made.parts
    this.constantBytes = made.constantBytes
    this.activationBytes = made.activationBytes
    this.#site = site
    this.#made = made
    let size = 0
    for (const index of new Set(made.list.read)) {
      const bytes = storedBytes(made.list.tensors[index])
      this.#copies.set(index, { from: storageOf(made.tensors[index]).buffer, offset: size, bytes })
      size += Math.ceil(bytes / MAP_ALIGNMENT) * MAP_ALIGNMENT
    }
    this.#staging = site.faults.scoped('readback', () =>
      site.device.createBuffer({
        label: 'readback',
        size: Math.max(MAP_ALIGNMENT, size),
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      }),
    )
  }

  write(index: number, data: Tensor): Promise<void> {
    return this.#site.kernels.write(this.#made.tensors[index], data)
  }

  async submit(): Promise<void> {
    if (this.#released) throw new OctetError('this program was released')
    const { device, faults } = this.#site
    faults.check()
    faults.scoped(`submission of ${this.parts.length} dispatches`, () => {
      const encoder = device.createCommandEncoder()
      this.#encode(encoder, 1, this.#made.dispatches)
      for (const { from, offset, bytes } of this.#copies.values())
        encoder.copyBufferToBuffer(from, 0, this.#staging, offset, bytes)
      device.queue.submit([encoder.finish()])
    })
  }

  async read(index: number): Promise<Tensor> {
    const { wait, faults } = this.#site
    const copy = this.#copies.get(index)
    if (copy === undefined) throw new OctetError(`tensor ${index} of this program is not read`)
    const { offset, bytes } = copy
    try {
      await wait(this.#staging.mapAsync(GPUMapMode.READ, offset, bytes))
    } catch (error) {
      await faults.settle()
      throw error
    }
    const copied = this.#staging.getMappedRange(offset, bytes).slice(0)
    this.#staging.unmap()
    await faults.settle()
    return fromStored(this.#made.list.tensors[index], copied)
  }

  async time(repeats: number, steps?: number): Promise<Timing> {
    const { device, wait, faults, target } = this.#site
    await wait(device.queue.onSubmittedWorkDone())
    await faults.settle()
    const { dispatches, cut } = this.#prefix(steps ?? this.#made.list.steps.length)
    if (cut !== undefined) this.#endAfter(cut.at, cut.steps)
    try {
      return await timePasses(
        { device, wait, timestamps: target.timestamps },
        (encoder, copies, writes) => this.#encode(encoder, copies, dispatches, writes),
        repeats,
      )
    } finally {
      if (cut !== undefined) this.#endAfter(cut.at, this.parts[cut.at].steps)
      await faults.settle()
    }
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#staging.destroy()
    this.#made.release()
  }

  /** The dispatches of the first steps, and how many steps run of the chain that the prefix ends within. */
  #prefix(steps: number): {
    readonly dispatches: readonly Dispatch[]
    readonly cut?: { readonly at: number; readonly steps: number }
  } {
    const { dispatches } = this.#made
    let left = steps
    for (const [at, part] of this.parts.entries()) {
      if (left < part.steps) return { dispatches: dispatches.slice(0, at + 1), cut: { at, steps: left } }
      left -= part.steps
      if (left === 0) return { dispatches: dispatches.slice(0, at + 1) }
    }
    throw new OctetError(`this program has ${steps - left} steps, not ${steps}`)
  }

  /** Lets the first steps of a chain run, in all later dispatches of it. */
  #endAfter(at: number, steps: number): void {
    const { device, faults } = this.#site
    faults.scoped('the end of a chain', () =>
      device.queue.writeBuffer(this.#made.ends[at]!, END_OFFSET, Uint32Array.of(steps)),
    )
  }

  #encode(
    encoder: GPUCommandEncoder,
    copies: number,
    dispatches: readonly Dispatch[],
    timestampWrites?: GPUComputePassTimestampWrites,
  ): void {
    const pass = encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites })
    for (let copy = 0; copy < copies; copy++) for (const dispatch of dispatches) encode(pass, dispatch)
    pass.end()
  }
}
