import { type Execution, type KernelDevice, load, type Program, type Tensor } from '@octet/core'
import {
  FEWEST_SAMPLES,
  type Latency,
  mad,
  median,
  medianInterval,
  type Memory,
  pairedRatio,
} from '@octet/results'
import { Bench } from 'tinybench'
import { messageOf } from '../show/message.ts'

/** A program that takes part in a comparison of times; `key` is its program key. */
export interface Contender {
  readonly key: string
  readonly program: Program
}

export interface Timed {
  readonly key: string
  readonly latency: Omit<Latency, 'shared'>
  readonly memory: Memory
  readonly fallbackOps: readonly string[]
  /** By step that the device has several kernels for: the one that was timed. */
  readonly variants: Readonly<Record<string, string>>
  /** Why the latency must not be relied on. */
  readonly unstable?: string
  /** Of the samples drawn, each run once after everything was timed. */
  readonly outputs: readonly Float32Array[]
}

/** Raw samples [1, ...]: one to time, and some to check what was timed by. */
export interface Inputs {
  readonly sample: Tensor<'float32'>
  readonly drawn: readonly Tensor<'float32'>[]
}

/** How much time goes into one comparison. */
export interface Effort {
  readonly rounds: number
  /** Repetitions add up to about this many ns a round. */
  readonly regionNs: number
  /** All rounds of all contenders end at about this many ns; 6 rounds are always made, as an interval needs them. */
  readonly budgetNs: number
}

export const FULL: Effort = { rounds: 41, regionNs: 20e6, budgetNs: 15e9 }
export const QUICK: Effort = { rounds: 21, regionNs: 8e6, budgetNs: 4e9 }

/** A contender broke what all of them ran on. */
export class ContenderFault extends Error {
  readonly key: string

  constructor(key: string, cause: unknown) {
    super(messageOf(cause), { cause })
    this.key = key
  }
}

/** A latency is unstable when the 95% interval of its median is wider than this share of the median. */
export const SPREAD_LIMIT = 0.25

/**
 * Times programs of one sample against each other on one device: all are loaded first, then every round times each of
 * them in turn, starting with another one each time. One round's figure is the median of its repetitions. Ratios are
 * against FP32, where it takes part. Upload and readback are medians over the rounds; end to end is tinybench's
 * median of whole runs. Then each answers the samples drawn, so that what was timed can be checked.
 * @throws ContenderFault when the device fails, naming the contender that it was running.
 */
export async function timeContenders(
  contenders: readonly Contender[],
  device: KernelDevice,
  { sample, drawn }: Inputs,
  effort: Effort,
): Promise<Timed[]> {
  const racers: Racer[] = []
  try {
    for (const { key, program } of contenders)
      racers.push(new Racer(key, await blaming(key, () => load(program, device)), sample))
    let lapNs = 0
    for (const racer of racers) lapNs += await blaming(racer.key, () => racer.warmUp(effort.regionNs))
    const rounds = Math.max(FEWEST_SAMPLES, Math.min(effort.rounds, Math.floor(effort.budgetNs / lapNs)))
    for (let round = 0; round < rounds; round++)
      for (let turn = 0; turn < racers.length; turn++) {
        const racer = racers[(round + turn) % racers.length]
        await blaming(racer.key, () => racer.run())
      }
    for (const racer of racers) await blaming(racer.key, () => racer.runEndToEnd())
    for (const racer of racers) await blaming(racer.key, () => racer.answer(drawn))
    const fp32 = racers.find(({ execution }) => execution.program.precision === 'fp32')
    return racers.map((racer) => racer.result(fp32))
  } finally {
    for (const racer of racers) await racer.execution.dispose()
  }
}

/** @throws Error where a device says that a run took no time that there is. */
function plausible(ns: readonly number[]): readonly number[] {
  const wrong = ns.find((one) => !(one >= 0 && one < Infinity))
  if (ns.length === 0 || wrong !== undefined)
    throw new Error(`its device says that it took ${wrong ?? 'no'} ns`)
  return ns
}

/** Runs a contender's part; stderr names what it throws, with its key. */
async function blaming<T>(key: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw new ContenderFault(key, error)
  }
}

/** One contender's clock readings. */
class Racer {
  readonly key: string
  readonly execution: Execution
  readonly #sample: Tensor<'float32'>
  readonly #rounds: number[] = []
  readonly #uploads: number[] = []
  readonly #readbacks: number[] = []
  #clock: Latency['clock'] = 'wall'
  #repeats = 1
  #endToEndNs = 0
  #outputs: readonly Float32Array[] = []
  #saturated: string | undefined

  constructor(key: string, execution: Execution, sample: Tensor<'float32'>) {
    this.key = key
    this.execution = execution
    this.#sample = sample
  }

  /** Settles the number of repetitions a round; returns about what a round will take. */
  async warmUp(regionNs: number): Promise<number> {
    await this.execution.run(this.#sample)
    const ns = plausible((await this.execution.time(3)).ns)
    const one = Math.max(median(ns), 1)
    this.#repeats = Math.max(1, Math.min(200, Math.ceil(regionNs / one)))
    return one * this.#repeats
  }

  async run(): Promise<void> {
    const { uploadNs, readbackNs } = await this.execution.stages(this.#sample)
    this.#uploads.push(uploadNs)
    this.#readbacks.push(readbackNs)
    const { clock, ns } = await this.execution.time(this.#repeats)
    this.#clock = clock
    this.#rounds.push(median(plausible(ns)))
  }

  async runEndToEnd(): Promise<void> {
    const bench = new Bench({
      iterations: this.#rounds.length,
      time: 0,
      warmup: false,
      retainSamples: true,
      throws: true,
    })
    bench.add(this.key, () => this.execution.run(this.#sample), { async: true })
    bench.addEventListener('warning', ({ reason }) => (this.#saturated = reason))
    const [task] = await bench.run()
    const { result } = task
    if (result.state === 'completed') this.#endToEndNs = result.latency.p50 * 1e6
  }

  async answer(drawn: readonly Tensor<'float32'>[]): Promise<void> {
    const outputs: Float32Array[] = []
    for (const sample of drawn) outputs.push((await this.execution.run(sample)).data)
    this.#outputs = outputs
  }

  result(fp32: Racer | undefined): Timed {
    const samples = this.#rounds
    const centre = median(samples)
    const ci95 = medianInterval(samples)
    const comparable =
      fp32 !== undefined && fp32 !== this && fp32.#clock === this.#clock && samples.every((ns) => ns > 0)
    const unstable = this.#instability(centre, ci95)
    return {
      key: this.key,
      latency: {
        clock: this.#clock,
        unit: 'ns',
        samples,
        median: centre,
        mad: mad(samples),
        ci95,
        batch: this.execution.program.batch,
        firstDispatchNs: this.execution.firstDispatchNs,
        stages: {
          uploadNs: median(this.#uploads),
          deviceNs: centre,
          readbackNs: median(this.#readbacks),
          endToEndNs: this.#endToEndNs,
        },
        ...(comparable && { vsFp32: pairedRatio(fp32.#rounds, samples) }),
      },
      memory: this.execution.memory,
      fallbackOps: this.execution.fallbackOps,
      variants: this.execution.variants,
      outputs: this.#outputs,
      ...(unstable !== undefined && { unstable }),
    }
  }

  #instability(centre: number, [lo, hi]: Latency['ci95']): string | undefined {
    if (centre === 0) return `the ${this.#clock} clock is too coarse: it read 0 ns for most runs`
    if (this.#saturated !== undefined)
      return `the wall clock is too coarse for whole runs (${this.#saturated})`
    const spread = (hi - lo) / centre
    if (spread <= SPREAD_LIMIT) return undefined
    return `the median's 95% interval is ${Math.round(100 * spread)}% of it, past the limit of ${100 * SPREAD_LIMIT}%`
  }
}
