import { setImmediate as turn } from 'node:timers/promises'
import {
  Calibration,
  type FloatModel,
  lower,
  type MixedModel,
  type Program,
  type QuantizedModel,
} from '@octet/core'
import { type Configuration, configurationKey, configurationName } from '@octet/results'
import { rangesIn } from '../calibrate/ranges.ts'
import { Trainings } from '../qat/trainings.ts'
import { keepQuantized } from '../quantize/keep.ts'
import { type Attempt, attempt, attemptAsync } from './attempt.ts'
import { configure } from './configurations.ts'
import type { SweepContext } from './context.ts'
import { deliveredOf } from './delivered.ts'
import { calibrationBatches } from './seen.ts'
import type { Subject } from './subject.ts'
import type { Lowered } from './timings.ts'

/** The models and programs of one workload's configurations, from one calibration pass. Each is made once. */
export class Programs {
  readonly calibration: Calibration
  readonly #subject: Subject
  readonly #context: SweepContext
  readonly #trainings: Trainings
  /** By configuration key. */
  readonly #models = new Map<string, Attempt<FloatModel | QuantizedModel | MixedModel>>()
  /** Programs for one sample, by configuration key. */
  readonly #programs = new Map<string, Attempt<Program>>()

  constructor(subject: Subject, context: SweepContext) {
    const { model, workload } = subject
    const batches = calibrationBatches(workload)
    const { ranges } = context.options
    const saved = ranges && rangesIn(ranges)
    this.calibration = new Calibration(model, workload.normalizer, batches, context.exact, saved)
    this.#subject = subject
    this.#context = context
    this.#trainings = new Trainings(workload, this.calibration, context)
  }

  /** Makes every configuration's model, and trains those of QAT. All later calls are about these configurations. */
  async quantize(configurations: readonly Configuration[]): Promise<void> {
    const { info, model } = this.#subject
    for (const configuration of configurations) {
      this.#context.reporter.stage(`${info.id}: quantizing, ${configurationName(configuration)}`)
      await turn()
      const made = await attemptAsync(() =>
        configuration.method === 'delivered'
          ? Promise.resolve(deliveredOf(this.#subject))
          : configuration.method === 'qat'
            ? this.#trainings.train(configuration)
            : configure(model, this.calibration, configuration),
      )
      this.#models.set(configurationKey(configuration), made)
      const { method } = configuration
      if ((method === 'ptq' || method === 'plan') && 'value' in made && 'weights' in made.value)
        this.#keep(made.value, configuration)
    }
  }

  /** Keeps a model if `--save` asks for it. If that fails, the fault is reported and the model is still measured. */
  #keep(model: QuantizedModel | MixedModel, configuration: Configuration): void {
    const { options, reporter } = this.#context
    if (options.save === undefined) return
    const { workload, info } = this.#subject
    const kept = attempt(() => keepQuantized(options.save!, workload, model, configuration, options.seed))
    if ('fault' in kept)
      reporter.log(`${info.id}: ${configurationName(configuration)} is not kept: ${kept.fault}`)
  }

  /**
   * The integer models of the configurations whose tensors calibration saw. Delivered quantized models have their own
   * tensors and are left out, as are models that cannot be quantized.
   */
  integers(configurations: readonly Configuration[]): QuantizedModel[] {
    return configurations.flatMap((configuration) => {
      if (configuration.method === 'delivered') return []
      const made = this.#models.get(configurationKey(configuration))
      return made && 'value' in made && made.value.precision === 'int8' ? made.value : []
    })
  }

  /** The configurations that can be lowered, with their programs for one sample. */
  lowered(configurations: readonly Configuration[]): Lowered[] {
    return configurations.flatMap((configuration) => {
      const program = this.single(configuration)
      return 'value' in program ? { configuration, program: program.value } : []
    })
  }

  /** The configuration's program for one sample. */
  single(configuration: Configuration): Attempt<Program> {
    const key = configurationKey(configuration)
    const known = this.#programs.get(key) ?? attempt(() => this.lower(configuration, 1))
    this.#programs.set(key, known)
    return known
  }

  /**
   * The configuration's program for a batch.
   * @throws Error with the reason, if it has no model. OctetError if the model cannot be lowered.
   */
  lower(configuration: Configuration, batch: number): Program {
    const made = this.#models.get(configurationKey(configuration))!
    if ('fault' in made) throw new Error(made.fault)
    return lower(made.value, { batch, normalizer: this.#subject.workload.normalizer })
  }
}
