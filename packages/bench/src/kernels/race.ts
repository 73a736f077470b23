import type { DeviceTensor, KernelDevice, Precision, PreparedOp, Step } from '@octet/core'
import { FEWEST_SAMPLES, type KernelResult, median, pairedRatio } from '@octet/results'
import { Random } from '@octet/core/train'
import { bytesOf, macsOf } from '../measure/work.ts'
import { type Instance, instantiate, type Problem } from './problem.ts'

/** How much time goes into one problem. */
export interface KernelEffort {
  readonly rounds: number
  /** An op is repeated within one submission until it takes about this many ns. */
  readonly regionNs: number
  /** All rounds of one problem end at about this many ns. */
  readonly budgetNs: number
}

export const KERNEL_EFFORT: KernelEffort = { rounds: 15, regionNs: 10e6, budgetNs: 1.5e9 }
const MOST_COPIES = 256

/**
 * Times a problem in several precisions on one device. One round times each precision in turn, as many copies in one
 * submission as fill the region; which one begins changes from round to round. Compilation and upload are outside.
 */
export async function raceKernels(
  problem: Problem,
  precisions: readonly Precision[],
  { kernels, device }: { readonly kernels: string; readonly device: KernelDevice },
  effort: KernelEffort = KERNEL_EFFORT,
): Promise<KernelResult[]> {
  const runners: Runner[] = []
  try {
    let lapNs = 0
    for (const precision of precisions) {
      const runner = await Runner.prepare(
        precision,
        instantiate(problem.spec(precision), new Random(1)),
        device,
      )
      runners.push(runner)
      lapNs += await runner.warmUp(effort.regionNs)
    }
    const rounds = Math.max(FEWEST_SAMPLES, Math.min(effort.rounds, Math.floor(effort.budgetNs / lapNs)))
    for (let round = 0; round < rounds; round++)
      for (let turn = 0; turn < runners.length; turn++) await runners[(round + turn) % runners.length].run()
  } finally {
    for (const runner of runners) runner.free()
  }
  const baseline = runners.find(({ precision }) => precision === 'fp32')
  return runners.map((runner) => resultOf(runner, baseline, problem, kernels, device))
}

function resultOf(
  { precision, spec, constants, samples }: Runner,
  baseline: Runner | undefined,
  { op, shape }: Problem,
  kernels: string,
  { info }: KernelDevice,
): KernelResult {
  const ns = median(samples)
  const comparable = baseline !== undefined && precision !== 'fp32' && samples.every((sample) => sample > 0)
  const weightBytes = 'weight' in constants ? constants.weight.data.byteLength + constants.bias.byteLength : 0
  const moved = [...spec.inputs, spec.output].reduce((sum, one) => sum + bytesOf(one), weightBytes)
  return {
    package: kernels,
    op,
    precision,
    shape,
    adapter: info.id,
    variant: info.modes[precision] ?? '',
    gops: rate(2 * macsOf(spec), ns),
    gbps: rate(moved, ns),
    samples,
    ...(comparable && { vsFp32: pairedRatio(baseline.samples, samples) }),
    peers: [],
  }
}

/** Figures a nanosecond are 10^9 a second; a clock too coarse to see the op gives 0. */
function rate(amount: number, ns: number): number {
  return ns > 0 ? amount / ns : 0
}

/** One precision's op, prepared on a device. */
class Runner {
  readonly precision: Precision
  readonly spec: Instance['spec']
  readonly constants: Instance['constants']
  /** ns of one run of the op, a figure a round. */
  readonly samples: number[] = []
  readonly #device: KernelDevice
  readonly #op: PreparedOp
  readonly #tensors: readonly DeviceTensor[]
  #steps: readonly Step[]

  private constructor(
    precision: Precision,
    { spec, constants }: Instance,
    device: KernelDevice,
    op: PreparedOp,
    inputs: readonly DeviceTensor[],
    output: DeviceTensor,
  ) {
    this.precision = precision
    this.spec = spec
    this.constants = constants
    this.#device = device
    this.#op = op
    this.#tensors = [...inputs, output]
    this.#steps = [{ op, inputs, output }]
  }

  static async prepare(precision: Precision, instance: Instance, device: KernelDevice): Promise<Runner> {
    const op = await device.prepare(instance.spec, instance.constants)
    const inputs: DeviceTensor[] = []
    for (const input of instance.inputs) {
      const held = device.alloc(input)
      await device.write(held, input)
      inputs.push(held)
    }
    return new Runner(precision, instance, device, op, inputs, device.alloc(instance.spec.output))
  }

  /** Settles how many copies go into one submission; returns about what a round will take. */
  async warmUp(regionNs: number): Promise<number> {
    await this.#device.submit(this.#steps)
    await this.#device.finish()
    const { ns } = await this.#device.time(this.#steps, 3)
    const one = Math.max(median(ns), 1)
    const copies = Math.max(1, Math.min(MOST_COPIES, Math.ceil(regionNs / one)))
    this.#steps = Array.from({ length: copies }, () => this.#steps[0])
    return copies * one
  }

  async run(): Promise<void> {
    const { ns } = await this.#device.time(this.#steps, 1)
    this.samples.push(ns[0] / this.#steps.length)
  }

  free(): void {
    for (const held of this.#tensors) this.#device.free(held)
    this.#device.release(this.#op)
  }
}
