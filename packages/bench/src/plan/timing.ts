import {
  type Assignment,
  type Candidates,
  type KernelDevice,
  load,
  lower,
  mix,
  type Normalizer,
  OctetError,
  type Program,
  type Samples,
  uniform,
} from '@octet/core'
import { type Interval, pairedRatio, type Ratio, speedVerdict } from '@octet/core/statistics'
import type { RenewableDevice } from '../discover/renewable.ts'
import { FULL, timeContenders } from '../measure/latency.ts'
import { FULL_PROFILE_NS, profileOf } from '../profile/profile.ts'
import { StepCosts } from './steps.ts'

/**
 * Times the layers of a model on a device, predicts the time of plans from these times, and times plans against each
 * other.
 */
export class PlanTiming {
  readonly #device: RenewableDevice
  readonly #candidates: Candidates
  readonly #normalizer: Normalizer
  readonly #sample: Samples
  readonly #steps: StepCosts

  constructor(device: RenewableDevice, { candidates, normalizer, sample }: Planned) {
    this.#device = device
    this.#candidates = candidates
    this.#normalizer = normalizer
    this.#sample = sample
    this.#steps = new StepCosts(candidates.int8.model)
  }

  get device(): string {
    return this.#device.name
  }

  /**
   * Measures the layers in each precision.
   * @throws OctetError if the device cannot run a program, or takes too long for it.
   */
  async measureLayers(): Promise<void> {
    const { model } = this.#candidates.int8
    for (const precision of ['fp16', 'int8', 'w4a8'] as const) {
      const program = this.#program(uniform(model, precision))
      this.#steps.learn(program, precision, await this.#device.use((open) => this.#stepsOf(program, open)))
    }
  }

  async #stepsOf(program: Program, device: KernelDevice): Promise<number[]> {
    const execution = await load(program, device)
    try {
      const ends = { decode: () => this.#sample, answer: () => undefined }
      const profile = await profileOf(execution, ends, FULL_PROFILE_NS)
      if (profile === undefined)
        throw new OctetError(
          `one inference on ${this.device} takes too long for its layers to be timed`,
          'plan by bytes, or choose a faster device: --kernels',
        )
      return profile.device.layers.map(({ ns }) => ns)
    } finally {
      await execution.dispose()
    }
  }

  /** ns of a layer in a precision, without conversions. */
  get layer(): StepCosts['layer'] {
    return this.#steps.layer
  }

  /** The predicted ns of an assignment, including conversions. */
  predict(assignment: Assignment): number {
    return this.#steps.predict(this.#program(assignment), assignment)
  }

  /** Times assignments and FP32 in turn, round by round. */
  async race(assignments: ReadonlyMap<string, Assignment>): Promise<readonly RacedPlan[]> {
    const { model } = this.#candidates.int8
    const fp32 = lower({ precision: 'fp32', model }, { batch: 1, normalizer: this.#normalizer })
    const programs = [
      { key: 'FP32', program: fp32 },
      ...Array.from(assignments, ([key, one]) => ({ key, program: this.#program(one) })),
    ]
    const inputs = { sample: this.#sample, drawn: [] }
    const timed = await this.#device.use((open) => timeContenders(programs, open, inputs, FULL))
    const raced: RacedPlan[] = []
    for (const { key: name, latency } of timed) {
      const { median: ns, ci95, samples } = latency
      const assignment = assignments.get(name)
      const predicted = assignment === undefined ? {} : { predictedNs: this.predict(assignment) }
      raced.push({ name, ...predicted, ns, ci95, samples })
    }
    return raced
  }

  #program(assignment: Assignment): Program {
    return lower(mix(this.#candidates, assignment), { batch: 1, normalizer: this.#normalizer })
  }
}

interface Planned {
  readonly candidates: Candidates
  readonly normalizer: Normalizer
  readonly sample: Samples
}

/** The time of an assignment on the device. */
export interface RacedPlan {
  readonly name: string
  /** The prediction from its steps. Absent for FP32, which no plan has. */
  readonly predictedNs?: number
  readonly ns: number
  readonly ci95: Interval
  /** ns per round. */
  readonly samples: readonly number[]
}

/** Whether mixed precision won a race. */
export interface PlanVerdict {
  /** The fastest plan with one precision in all layers. */
  readonly uniform: RacedPlan
  /** The fastest mixed plan. Absent if no mixed plan was raced. */
  readonly mixed?: RacedPlan
  /** How much faster the mixed plan is than the uniform plan. */
  readonly ratio?: Ratio
  /** Whether the mixed plan is faster with statistical certainty and by the minimum effect. */
  readonly isFaster: boolean
}

/** @param mixed names of the mixed plans. FP32 and the other plans have one precision in all layers */
export function verdictOf(raced: readonly RacedPlan[], mixed: ReadonlySet<string>): PlanVerdict {
  const fastest = (some: readonly RacedPlan[]): RacedPlan | undefined =>
    some.toSorted((a, b) => a.ns - b.ns)[0]
  const uniform = fastest(raced.filter(({ name }) => !mixed.has(name)))!
  const best = fastest(raced.filter(({ name }) => mixed.has(name)))
  if (best === undefined) return { uniform, isFaster: false }
  const ratio = pairedRatio(uniform.samples, best.samples)
  return { uniform, mixed: best, ratio, isFaster: speedVerdict(ratio) === 'faster' }
}
