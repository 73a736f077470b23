import { type Execution, type KernelDevice, load, type Program, type Samples } from '@octet/core'
import {
  type Contender,
  type Effort,
  mad,
  median,
  medianInterval,
  pairedRatio,
  race,
  repeatsWithin,
  warmUp,
} from '@octet/core/statistics'
import { type Latency, type Memory } from '@octet/results'
import { Bench } from 'tinybench'
import { messageOf } from '../show/message.ts'
import { type Inspected, inspected } from '../profile/inspect.ts'
import { leastReadable } from './clock-step.ts'
import { Reference } from './reference.ts'

/** A program to time. `key` is its program key. */
export interface KeyedProgram {
  readonly key: string
  readonly program: Program
}

export interface Timed {
  readonly key: string
  readonly latency: Omit<Latency, 'shared'>
  readonly memory: Memory
  readonly fallbackOps: readonly string[]
  /** The timed kernel of each step for which the device has several kernels. */
  readonly variants: Readonly<Record<string, string>>
  /** The reason why the latency is not reliable. */
  readonly unstable?: string
  /** The outputs for the drawn samples. Each sample runs once after all timing. */
  readonly outputs: readonly Float32Array[]
}

/** Raw samples [1, ...]: one sample to time, and some samples to check the timed program. */
export interface Inputs {
  readonly sample: Samples
  readonly drawn: readonly Samples[]
  /** Inspects each loaded program after all timing. */
  readonly inspect?: (key: string, subject: Inspected) => Promise<void>
  /** Receives the key of each contender before its work begins. */
  readonly onTurn?: (key: string) => void
}

export const FULL: Effort = { rounds: 41, regionNs: 20e6, budgetNs: 15e9 }
export const QUICK: Effort = { rounds: 21, regionNs: 8e6, budgetNs: 2.5e9 }

/** A contender broke the device of all contenders. */
export class ContenderFault extends Error {
  readonly key: string

  constructor(key: string, cause: unknown) {
    super(messageOf(cause), { cause })
    this.key = key
  }
}

/** The most repetitions of one turn. */
const MOST_REPEATS = 200

/** A latency is unstable if the 95% interval of its median is wider than this share of the median. */
export const SPREAD_LIMIT = 0.25

/**
 * Times programs against each other on one device, for one sample. All programs are loaded first. Each round times
 * every program in turn, and starts with another program each time. A round's figure is the median of its repetitions.
 * Ratios are against FP32 if it takes part. Upload and readback are medians over the rounds. End to end is tinybench's
 * median of whole runs, or the median of the rounds if one run fills a turn. Each program then answers the drawn
 * samples, so that the timed program can be checked.
 * @throws ContenderFault if the device fails, with the contender that was running. Any error that `inspect` throws.
 */
export async function timeContenders(
  programs: readonly KeyedProgram[],
  device: KernelDevice,
  { sample, drawn, inspect, onTurn = () => {} }: Inputs,
  effort: Effort,
): Promise<Timed[]> {
  const contenders: LoadedContender[] = []
  const blaming: Blaming = async (key, run) => {
    onTurn(key)
    try {
      return await run()
    } catch (error) {
      throw new ContenderFault(key, error)
    }
  }
  try {
    for (const { key, program } of programs) {
      const execution = await blaming(key, () => load(program, device))
      contenders.push(new LoadedContender(key, execution, sample, blaming))
    }
    const reference = new Reference()
    await race(contenders, effort, reference)
    for (const contender of contenders) await contender.runEndToEnd()
    for (const contender of contenders) await contender.answer(drawn)
    if (inspect !== undefined)
      for (const { key, execution } of contenders) await inspect(key, inspected(execution))
    const fp32 = contenders.find(({ execution }) => execution.program.precision === 'fp32')
    return contenders.map((contender) => contender.result(fp32, reference))
  } finally {
    for (const { execution } of contenders) await execution.dispose()
  }
}

/** @throws Error if a device reports an impossible time for a run. */
function plausible(ns: readonly number[]): readonly number[] {
  const wrong = ns.find((one) => !(one >= 0 && one < Infinity))
  if (ns.length === 0 || wrong !== undefined)
    throw new Error(`its device says that it took ${wrong ?? 'no'} ns`)
  return ns
}

/** Runs a part of a contender's work. @throws ContenderFault with its key if the part throws. */
type Blaming = <T>(key: string, run: () => Promise<T>) => Promise<T>

/** A program on its device, with its clock readings. Each part throws a ContenderFault. */
class LoadedContender implements Contender {
  readonly key: string
  readonly execution: Execution
  readonly #sample: Samples
  readonly #rounds: number[] = []
  readonly #uploads: number[] = []
  readonly #readbacks: number[] = []
  /** ns per round, from upload to readback. It is the end-to-end time if a turn is one run. */
  readonly #wholes: number[] = []
  #clock: Latency['clock'] = 'wall'
  #repeats = 1
  #endToEndNs = 0
  readonly #outputs: Float32Array[] = []
  readonly #blaming: Blaming
  #saturated: string | undefined

  constructor(key: string, execution: Execution, sample: Samples, blaming: Blaming) {
    this.key = key
    this.execution = execution
    this.#sample = sample
    this.#blaming = blaming
  }

  fill(regionNs: number): Promise<number> {
    return this.#blaming(this.key, async () => {
      await this.execution.run(this.#sample)
      const once = async (repeats: number): Promise<number> => Math.max(median(await this.#time(repeats)), 1)
      const one = await warmUp(once, regionNs, MOST_REPEATS)
      this.#repeats = repeatsWithin(regionNs, one, MOST_REPEATS)
      // A turn runs the program once more for its stages, unless the stages are the whole turn.
      return one * (this.#isWhole ? 1 : this.#repeats + 1)
    })
  }

  run(): Promise<void> {
    return this.#blaming(this.key, async () => {
      const { uploadNs, computeNs, readbackNs } = await this.execution.stages(this.#sample)
      this.#uploads.push(uploadNs)
      this.#readbacks.push(readbackNs)
      this.#wholes.push(uploadNs + computeNs + readbackNs)
      this.#rounds.push(median(this.#isWhole ? plausible([computeNs]) : await this.#time(this.#repeats)))
    })
  }

  /** Whether a turn is one run by the wall clock. Its stages give the time in that case. */
  get #isWhole(): boolean {
    return this.#repeats === 1 && this.#clock === 'wall'
  }

  async #time(repeats: number): Promise<readonly number[]> {
    const { clock, ns } = await this.execution.time(repeats)
    this.#clock = clock
    return plausible(ns)
  }

  async runEndToEnd(): Promise<void> {
    if (this.#repeats === 1) {
      this.#endToEndNs = median(plausible(this.#wholes))
      return
    }
    const bench = new Bench({
      iterations: this.#rounds.length,
      time: 0,
      warmup: false,
      retainSamples: true,
      throws: true,
    })
    const copies = Math.min(MOST_REPEATS, Math.ceil(leastReadable() / Math.max(1, median(this.#wholes))))
    const runs = async (): Promise<void> => {
      for (let copy = 0; copy < copies; copy++) await this.execution.run(this.#sample)
    }
    const run = (): Promise<unknown> => this.execution.run(this.#sample)
    bench.add(this.key, copies === 1 ? run : runs, { async: true })
    bench.addEventListener('warning', ({ reason }) => (this.#saturated = reason))
    const [task] = await this.#blaming(this.key, () => bench.run())
    const { result } = task
    if (result.state === 'completed') this.#endToEndNs = (result.latency.p50 * 1e6) / copies
  }

  async answer(drawn: readonly Samples[]): Promise<void> {
    this.execution.reset()
    for (const sample of drawn)
      this.#outputs.push((await this.#blaming(this.key, () => this.execution.run(sample))).data)
  }

  result(fp32: LoadedContender | undefined, reference: Reference): Timed {
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
        reference: reference.result(),
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
