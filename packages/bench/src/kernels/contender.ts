import {
  type DeviceTensor,
  type KernelDevice,
  type Peak,
  type PreparedOp,
  type Step,
  type Tensor,
  type KernelPrecision,
} from '@octet/core'
import { type Contender, median, now, repeatsWithin } from '@octet/core/statistics'
import type { Instance } from './instance.ts'

/** Most copies of an op in one submission. */
const MOST_COPIES = 256

/** One op in one precision by one variant, prepared on a device. */
export class KernelContender implements Contender {
  readonly precision: KernelPrecision
  readonly instance: Instance
  /** Whether the device chose the variant by itself. */
  readonly picked: boolean
  /** ns of one run of the op by the device's clock, a figure a round. */
  readonly samples: number[] = []
  /** Wall ns of the first run. */
  firstDispatchNs = 0
  clock: Peak['clock'] = 'wall'
  readonly #device: KernelDevice
  readonly #op: PreparedOp
  readonly #inputs: readonly DeviceTensor[]
  readonly #output: DeviceTensor
  #steps: readonly Step[]

  private constructor(
    precision: KernelPrecision,
    instance: Instance,
    device: KernelDevice,
    { op, picked, inputs, output }: Prepared,
  ) {
    this.precision = precision
    this.instance = instance
    this.picked = picked
    this.#device = device
    this.#op = op
    this.#inputs = inputs
    this.#output = output
    this.#steps = [{ op, inputs, output }]
  }

  /** Compiles, uploads and runs once; by the variant that the device picks where none is named. */
  static async prepare(
    precision: KernelPrecision,
    instance: Instance,
    device: KernelDevice,
    variant?: string,
  ): Promise<KernelContender> {
    const op = await device.prepare(instance.spec, instance.constants, variant)
    const inputs: DeviceTensor[] = []
    for (const input of instance.inputs) {
      const held = device.alloc(input)
      await device.write(held, input)
      inputs.push(held)
    }
    const output = device.alloc(instance.spec.output)
    const contender = new KernelContender(precision, instance, device, {
      op,
      picked: variant === undefined,
      inputs,
      output,
    })
    contender.firstDispatchNs = await contender.runByWall(1)
    return contender
  }

  get variant(): string | undefined {
    return this.#op.variant
  }

  /** Settles how many copies go into one submission; returns about what a turn will take, in ns. */
  async fill(regionNs: number): Promise<number> {
    const { ns } = await this.#device.time(this.#steps, 3)
    const one = Math.max(median(ns), 1)
    const copies = repeatsWithin(regionNs, one, MOST_COPIES)
    this.#steps = Array.from({ length: copies }, () => this.#steps[0])
    return copies * one
  }

  /** One turn by the device's clock. */
  async run(): Promise<void> {
    const { ns, clock } = await this.#device.time(this.#steps, 1)
    this.clock = clock
    this.samples.push(ns[0] / this.#steps.length)
  }

  /** Wall ns of `copies` in one submission, from handing them over to their end. */
  async runByWall(copies: number): Promise<number> {
    const steps = Array.from({ length: copies }, () => this.#steps[0])
    const start = now()
    await this.#device.submit(steps)
    await this.#device.finish()
    return now() - start
  }

  read(): Promise<Tensor> {
    return this.#device.read(this.#output)
  }

  free(): void {
    for (const held of [...this.#inputs, this.#output]) this.#device.free(held)
    this.#device.release(this.#op)
  }
}

interface Prepared {
  readonly op: PreparedOp
  readonly picked: boolean
  readonly inputs: readonly DeviceTensor[]
  readonly output: DeviceTensor
}
