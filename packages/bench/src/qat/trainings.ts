import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Calibration, now, type QuantizedModel } from '@octet/core'
import { qat, type QatProgress, type QatResult, type QatRun } from '@octet/core/qat'
import {
  type Configuration,
  configurationKey,
  configurationName,
  parse,
  type Training,
  TrainingSchema,
} from '@octet/results'
import {
  type Learning,
  learningSamples,
  openQuantized,
  saveFolder,
  saveQuantized,
  TRAINED,
  type Workload,
} from '@octet/workloads'
import { percent } from '../show/number.ts'
import { readJson, writeJson } from '../store/json-file.ts'
import { qatStart } from '../sweep/configurations.ts'
import type { SweepContext } from '../sweep/context.ts'
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { hyperParameters, recipe } from './recipe.ts'

/** A checkpoint is kept at most this often. */
const CHECKPOINT_MS = 10_000
/** Most losses of steps that a record keeps. */
const MOST_LOSSES = 200
const RECORD = 'training.json'
const CHECKPOINT = 'checkpoint.json'

/** Trains one workload's QAT configurations, or finds them trained. */
export class Trainings {
  readonly #workload: Workload
  readonly #calibration: Calibration
  readonly #context: SweepContext
  #learning: Promise<Learning> | undefined

  constructor(workload: Workload, calibration: Calibration, context: SweepContext) {
    this.#workload = workload
    this.#calibration = calibration
    this.#context = context
  }

  /**
   * The trained model of a configuration: the workload folder's own, where it has one; what an earlier part of this run trained; or trained now, from the
   * last checkpoint if there is one.
   * @throws OctetError where there are no training samples, or the loss is not finite.
   */
  async train(configuration: Configuration): Promise<QuantizedModel> {
    const name = configurationKey(configuration).replaceAll('/', '_')
    const saved = this.#workload.trained === undefined ? undefined : join(this.#workload.trained, name)
    if (saved !== undefined && existsSync(saved)) {
      const { seconds: _, ...record } = readRecord(saved)
      this.#context.record({ kind: 'training', training: { ...record, workload: this.#workload.id } })
      return openQuantized(saved)
    }
    const folder = join(this.#context.folder, TRAINED, this.#workload.id, name)
    const model = existsSync(join(folder, RECORD))
      ? await openQuantized(folder)
      : await this.#trained(configuration, folder)
    this.#context.record({ kind: 'training', training: readRecord(folder) })
    if (this.#context.options.save !== undefined) await this.#keep(model, folder, name)
    return model
  }

  async #trained(configuration: Configuration, folder: string): Promise<QuantizedModel> {
    const { normalizer, graph, id } = this.#workload
    const { options, progress } = this.#context
    mkdirSync(folder, { recursive: true })
    const { training, validation, split } = await (this.#learning ??= learningSamples(this.#workload))
    const start = await qatStart(this.#calibration, configuration)
    const hyper = recipe(options, configuration.weights.bits)
    const path = join(folder, CHECKPOINT)
    const stopped = readCheckpoint(path)
    const begun = now()
    const seconds = (): number => (stopped?.seconds ?? 0) + (now() - begun) / 1e9
    let kept = begun
    let accuracy = stopped?.checkpoint.validations.at(-1)?.accuracy
    const onProgress = ({ report, validation: judged }: QatProgress, run: QatRun): void => {
      accuracy = judged?.accuracy ?? accuracy
      const loss = report === undefined ? '' : `, loss ${report.loss.toFixed(4)}`
      const judgement = accuracy === undefined ? '' : `, validation ${percent(accuracy)}`
      progress.note(
        `${id}: ${configurationName(configuration)}: step ${run.step} of ${run.totalSteps}${loss}${judgement}`,
      )
      if ((now() - kept) / 1e6 < CHECKPOINT_MS) return
      writeCheckpoint(path, { checkpoint: run.checkpoint(), seconds: seconds() })
      kept = now()
    }
    const result = await qat(
      {
        start,
        graph,
        training: { ...training, normalizer },
        validation: { ...validation, normalizer },
      },
      hyper,
      { onProgress, ...(stopped && { resume: stopped.checkpoint }) },
    )
    saveQuantized(result.quantized, folder)
    const record: Training = {
      workload: id,
      configuration: configurationKey(configuration),
      split,
      options: { ...hyperParameters(hyper), products: this.#context.products },
      seconds: seconds(),
      ...outcome(result),
    }
    writeJson(join(folder, RECORD), record, check)
    rmSync(path, { force: true })
    return result.quantized
  }

  /** Keeps a trained model in a workload folder, so that it can be evaluated again. */
  async #keep(model: QuantizedModel, from: string, name: string): Promise<void> {
    const folder = join(this.#context.options.save!, this.#workload.id)
    if (!existsSync(join(folder, 'manifest.json'))) saveFolder(this.#workload, folder)
    const to = join(folder, TRAINED, name)
    saveQuantized(model, to)
    writeJson(join(to, RECORD), readRecord(from), check)
  }
}

function outcome({
  losses,
  validations,
  best,
  stoppedEarly,
}: QatResult): Pick<Training, 'losses' | 'validations' | 'best' | 'steps' | 'stoppedEarly'> {
  const stride = Math.ceil(losses.length / MOST_LOSSES)
  return {
    losses: losses.map((loss, step) => ({ step, loss })).filter(({ step }) => step % stride === 0),
    validations,
    best: best.step,
    steps: losses.length,
    stoppedEarly,
  }
}

function check(value: unknown): Training {
  return parse(TrainingSchema, value, 'the record of a training')
}

/** @throws OctetError where the record is missing or damaged. */
function readRecord(folder: string): Training {
  return readJson(join(folder, RECORD), check)
}
