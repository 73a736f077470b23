import {
  OctetError,
  sameShape,
  type CompiledProgram,
  type Constants,
  type DeviceInfo,
  type DeviceTensor,
  type KernelDevice,
  type OpSpec,
  type Peak,
  type PreparedOp,
  type Step,
  type StepList,
  type Tensor,
  type TensorSpec,
  type Timing,
  type Tuned,
} from '@octet/core'
import { UNHEARD, type Warn } from '../cache/warn.ts'
import { describeTensor, nameOf } from '../ops/kernel.ts'
import type { Variant } from '../ops/op.ts'
import type { Wait } from '../open/source.ts'
import { affordable, compile, compilations, programKey } from '../program/compile.ts'
import type { Site } from '../program/site.ts'
import { roofline } from '../roofline/roofline.ts'
import { TuningMemory } from '../tune/memory.ts'
import { ALONE, chosenWay, type Sought, tuneProgram } from '../tune/program.ts'
import { tune } from '../tune/tune.ts'
import type { Target } from '../wgsl/target.ts'
import { Faults } from './faults.ts'
import { fromStored, storedBytes, toStored } from './layout.ts'
import { bindingsOf, Pipelines } from './pipelines.ts'
import { Plans, type Means } from './plans.ts'
import { encode, Prepared } from './prepared.ts'
import { storageOf, type Storage, type StoredTensor } from './storage.ts'
import { timePasses } from './timing.ts'

/** The parts of a device besides its adapter. */
interface Company {
  readonly memory?: TuningMemory
  /**
   * Finds out once which further features of the device are reliable. This takes long, so it happens when tuning
   * begins.
   */
  readonly extend?: (() => Promise<Means>) | undefined
  readonly warn?: Warn | undefined
}

/** A WebGPU device behind the kernel contract. Tensors are NHWC in blocks of four channels, padding lanes 0. */
export class WebGpuDevice implements KernelDevice {
  readonly info: DeviceInfo
  readonly #device: GPUDevice
  #target: Target
  #memory: TuningMemory
  #extend: (() => Promise<Means>) | undefined
  readonly #wait: Wait
  readonly #warn: Warn
  readonly #faults: Faults
  readonly #pipelines: Pipelines
  #plans: Plans
  /** Shaders that failed while others did not, with the reasons. */
  readonly #broken = new Map<string, unknown>()
  /** By the key of a program: the way to join its steps that does not compile here. */
  readonly #uncompiled = new Map<string, string>()
  readonly #tensors = new Set<Storage>()
  readonly #ops = new Set<Prepared>()
  #staging: GPUBuffer | undefined
  /** The budget of the last `tune`, and what is left of it, in ms. */
  #tuningMs = { budget: 0, left: 0 }

  constructor(
    device: GPUDevice,
    info: DeviceInfo,
    target: Target,
    wait: Wait,
    { memory = new TuningMemory(), extend, warn = UNHEARD }: Company = {},
  ) {
    this.#device = device
    this.info = info
    this.#target = target
    this.#wait = wait
    this.#faults = new Faults(device, info.id)
    this.#pipelines = new Pipelines(device)
    this.#memory = memory
    this.#plans = new Plans(device.limits, { target, memory })
    this.#extend = extend
    this.#warn = warn
  }

  supports(spec: OpSpec): true | { readonly reason: string } {
    const choices = this.#plans.of(spec)
    if ('reason' in choices) return choices
    const reason = this.#plans.declined(spec, choices)
    return reason === undefined ? true : { reason }
  }

  variants(spec: OpSpec): readonly string[] {
    const choices = this.#plans.of(spec)
    return 'reason' in choices ? [] : choices.map(({ name }) => name)
  }

  byteLength(spec: TensorSpec): number {
    return storedBytes(spec)
  }

  alloc(spec: TensorSpec, reuse?: DeviceTensor): StoredTensor {
    const bytes = Math.max(4, storedBytes(spec))
    if (reuse !== undefined) {
      const storage = storageOf(reuse)
      if (storage.capacity < bytes)
        throw new OctetError(
          `${describeTensor(spec)} takes ${bytes} bytes, but the storage to reuse has ${storage.capacity}`,
        )
      return { spec, capacity: storage.capacity, storage }
    }
    const what = describeTensor(spec)
    const reason = this.#plans.tooLarge(bytes)
    if (reason !== undefined)
      throw new OctetError(`${what} ${reason} on ${this.info.id}`, 'Use a smaller batch.')
    const buffer = this.#buffer(
      what,
      bytes,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    )
    const storage: Storage = { buffer, capacity: bytes, freed: false }
    this.#tensors.add(storage)
    return { spec, capacity: bytes, storage }
  }

  async write(target: DeviceTensor, data: Tensor): Promise<void> {
    const { spec } = target
    if (data.dtype !== spec.dtype || !sameShape(data.shape, spec.shape))
      throw new OctetError(`${describeTensor(data)} cannot be written to a tensor of ${describeTensor(spec)}`)
    this.#upload(`write of ${describeTensor(spec)}`, storageOf(target).buffer, toStored(data))
    this.#faults.check()
  }

  async read(source: DeviceTensor): Promise<Tensor> {
    const { buffer } = storageOf(source)
    const bytes = storedBytes(source.spec)
    const what = `read of ${describeTensor(source.spec)}`
    const staging = this.#stagingOf(bytes)
    this.#faults.scoped(what, () => {
      const encoder = this.#device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes)
      this.#device.queue.submit([encoder.finish()])
    })
    try {
      await this.#wait(staging.mapAsync(GPUMapMode.READ, 0, bytes))
    } catch (error) {
      await this.#faults.settle()
      throw new OctetError(`${what} on ${this.info.id}: ${String(error)}`)
    }
    const copy = staging.getMappedRange(0, bytes).slice(0)
    staging.unmap()
    await this.#faults.settle()
    return fromStored(source.spec, copy)
  }

  async prepare(spec: OpSpec, constants: Constants, variant?: string): Promise<Prepared> {
    const what = nameOf(spec)
    const choices = this.#plans.of(spec)
    if ('reason' in choices)
      throw new OctetError(`${this.info.id} has no kernel for ${what}: ${choices.reason}`)
    if (variant === undefined) {
      const reason = this.#plans.declined(spec, choices)
      if (reason !== undefined) throw new OctetError(`${this.info.id} has no kernel for ${what}: ${reason}`)
      return this.#prepareBest(spec, constants, choices)
    }
    const choice = choices.find(({ name }) => name === variant)
    if (choice === undefined)
      throw new OctetError(
        `${this.info.id} has no variant "${variant}" of ${what}; ` +
          `there is ${choices.map(({ name }) => name).join(', ')}`,
      )
    return this.#prepare(spec, constants, choice)
  }

  compilations(list: StepList): readonly string[] {
    return compilations(list, this.#site())
  }

  /**
   * Compiles a program in the way of this name, or else in the way that is known to be fastest, or else in the default
   * way. If a way without a name does not compile, the ops are started one by one, and this way is not tried again.
   */
  async compile(list: StepList, compilation?: string): Promise<CompiledProgram> {
    const site = this.#site()
    if (compilation !== undefined) return compile(list, site, compilation)
    const sought = this.#sought(list, compilations(list, site))
    const name = chosenWay(sought) ?? sought.names[0]
    if (name === ALONE || name === this.#uncompiled.get(sought.key)) return compile(list, site, ALONE)
    try {
      return await compile(list, site, name)
    } catch (error) {
      this.#faults.check()
      const program = await compile(list, site, ALONE)
      this.#uncompiled.set(sought.key, name)
      this.#warn(`${this.info.id}: ${ALONE} in place of ${name}: ${messageOf(error)}`)
      return program
    }
  }

  async tuneProgram(list: StepList): Promise<void> {
    if (this.#tuningMs.left <= 0) return
    const site = this.#site()
    const begin = performance.now()
    const sought = this.#sought(list, affordable(list, site, this.#tuningMs.budget))
    await tuneProgram(sought, list, (name) => compile(list, site, name), this.#tuningMs.left)
    this.#tuningMs.left -= performance.now() - begin
  }

  #sought(list: StepList, names: readonly string[]): Sought {
    return { memory: this.#memory, key: programKey(list, this.#site()), names }
  }

  async tune(specs: readonly OpSpec[], options: { readonly budgetMs: number }): Promise<readonly Tuned[]> {
    const begin = performance.now()
    if (options.budgetMs > 0 && this.#extend !== undefined) {
      const found = this.#extend()
      this.#extend = undefined
      const { target, memory } = await found
      this.#target = target
      this.#memory = memory
      this.#plans = new Plans(this.#device.limits, { target, memory })
    }
    const variants = (spec: OpSpec): readonly Variant[] => {
      const choices = this.#plans.of(spec)
      return 'reason' in choices ? [] : choices
    }
    const tuned = await tune({ device: this, memory: this.#memory, variants }, specs, options)
    // The programs of these specs get what is left of the budget.
    this.#tuningMs = {
      budget: options.budgetMs,
      left: options.budgetMs - (performance.now() - begin),
    }
    return tuned
  }

  async roofline(): Promise<readonly Peak[]> {
    await this.finish()
    const peaks = await roofline(this.#device, this.#target, this.#wait)
    await this.#faults.settle()
    return peaks
  }

  async submit(steps: readonly Step[]): Promise<void> {
    this.#faults.check()
    this.#faults.scoped(`submission of ${steps.length} steps`, () => {
      const encoder = this.#device.createCommandEncoder()
      this.#encode(encoder, steps, 1)
      this.#device.queue.submit([encoder.finish()])
    })
  }

  async finish(): Promise<void> {
    await this.#wait(this.#device.queue.onSubmittedWorkDone())
    await this.#faults.settle()
  }

  async time(steps: readonly Step[], repeats: number): Promise<Timing> {
    await this.finish()
    const { timestamps } = this.#target
    const timing = await timePasses(
      { device: this.#device, wait: this.#wait, timestamps },
      (encoder, copies, writes) => this.#encode(encoder, steps, copies, writes),
      repeats,
    )
    await this.#faults.settle()
    return timing
  }

  free(tensor: DeviceTensor): void {
    const { storage } = tensor as StoredTensor
    if (storage.freed) return
    storage.freed = true
    this.#tensors.delete(storage)
    for (const op of this.#ops) op.forget(storage)
    storage.buffer.destroy()
  }

  release(op: PreparedOp): void {
    const prepared = op as Prepared
    if (this.#ops.delete(prepared)) prepared.destroy()
  }

  async dispose(): Promise<void> {
    this.#faults.close()
    for (const op of this.#ops) op.destroy()
    for (const storage of this.#tensors) {
      storage.freed = true
      storage.buffer.destroy()
    }
    this.#ops.clear()
    this.#tensors.clear()
    this.#pipelines.clear()
    this.#staging?.destroy()
    this.#device.destroy()
    await this.#device.lost
  }

  /**
   * Prepares the variant that is known to be fastest, or else the default, but no variant that is known to be wrong. If
   * a variant fails, the next variant replaces it, and the failed variant is not tried again.
   */
  async #prepareBest(spec: OpSpec, constants: Constants, choices: readonly Variant[]): Promise<Prepared> {
    if (choices.length === 1) return this.#prepare(spec, constants, choices[0])
    const failed = new Map<Variant, unknown>()
    for (const choice of this.#plans.byPreference(spec, choices)) {
      try {
        const broken = this.#broken.get(choice.build().code)
        if (broken !== undefined) throw broken
        const op = await this.#prepare(spec, constants, choice)
        for (const [other, error] of failed) {
          const { code } = other.build()
          if (this.#broken.has(code)) continue
          this.#broken.set(code, error)
          this.#warn(`${this.info.id}: ${choice.name} in place of ${other.name}: ${messageOf(error)}`)
        }
        return op
      } catch (error) {
        this.#faults.check()
        failed.set(choice, error)
      }
    }
    // If all variants fail, the fault is not theirs.
    throw failed.values().next().value
  }

  #site(): Site {
    return {
      device: this.#device,
      kernels: this,
      target: this.#target,
      plans: this.#plans,
      pipelines: this.#pipelines,
      faults: this.#faults,
      wait: this.#wait,
    }
  }

  async #prepare(spec: OpSpec, constants: Constants, choice: Variant): Promise<Prepared> {
    const what = nameOf(spec)
    const kernel = choice.build()
    const packed = kernel.pack(constants)
    const bindings = bindingsOf({ inputs: spec.inputs.length, tables: packed.length - 1 })
    const pipeline = await this.#wait(this.#pipelines.get(kernel.code, bindings, what))
    const buffers = packed.map((bytes, index) => {
      const usage = index === 0 ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE
      const buffer = this.#buffer(`constants of ${what}`, bytes.byteLength, usage | GPUBufferUsage.COPY_DST)
      this.#upload(`constants of ${what}`, buffer, bytes)
      return buffer
    })
    const op = new Prepared(this.#device, spec, choice.name, pipeline, kernel.workgroups, buffers)
    this.#ops.add(op)
    try {
      await this.#faults.settle()
    } catch (error) {
      this.release(op)
      throw error
    }
    return op
  }

  #encode(
    encoder: GPUCommandEncoder,
    steps: readonly Step[],
    copies: number,
    timestampWrites?: GPUComputePassTimestampWrites,
  ) {
    const pass = encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites })
    for (let copy = 0; copy < copies; copy++)
      for (const { op, inputs, output } of steps) encode(pass, (op as Prepared).on(inputs, output))
    pass.end()
  }

  #buffer(what: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    return this.#faults.scoped(what, () => this.#device.createBuffer({ label: what, size: bytes, usage }))
  }

  #upload(what: string, buffer: GPUBuffer, { buffer: data, byteOffset, byteLength }: ArrayBufferView): void {
    this.#faults.scoped(what, () => this.#device.queue.writeBuffer(buffer, 0, data, byteOffset, byteLength))
  }

  #stagingOf(bytes: number): GPUBuffer {
    if (this.#staging === undefined || this.#staging.size < bytes) {
      this.#staging?.destroy()
      this.#staging = this.#buffer('readback', bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
    }
    return this.#staging
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
