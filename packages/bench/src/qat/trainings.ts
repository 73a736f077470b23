import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Calibration, OctetError, type QuantizedModel, TASKS, withUnit } from '@octet/core'
import { now } from '@octet/core/statistics'
import { LOSSES, qat, type QatProgress, type QatResult, type QatRun } from '@octet/train'
import {
  type Configuration,
  configurationKey,
  configurationName,
  type QuantizedConfiguration,
  parseTraining,
  type Training,
} from '@octet/results'
import {
  type Learning,
  learningSamples,
  makeFolder,
  openQuantized,
  saveQuantized,
  TRAINED,
  type Workload,
} from '@octet/workloads'
import { readJson, writeJson } from '../store/json-file.ts'
import { qatStart } from '../sweep/configurations.ts'
import type { SweepContext } from '../sweep/context.ts'
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { hyperParameters, recipe } from './recipe.ts'

/** The shortest time between two checkpoints. */
const CHECKPOINT_MS = 10_000
/** The most step losses that a record keeps. */
const MOST_LOSSES = 200
const RECORD = 'training.json'
const CHECKPOINT = 'checkpoint.json'

/** Trains one workload's QAT configurations, or finds their trained models. */
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
   * The trained model of a configuration. It comes from the workload folder, from an earlier part of this run, or from
   * a training now, which continues from the last checkpoint if there is one.
   * @throws OctetError if there are no training samples, or if the loss is not finite.
   */
  async train(configuration: QuantizedConfiguration): Promise<QuantizedModel> {
    const { folder: run, options, record } = this.#context
    const { id, trained } = this.#workload
    const before = isTrained(trained, configuration)
    const folder = before ? placeOf(trained!, configuration) : placeOf(join(run, TRAINED, id), configuration)
    if (!existsSync(join(folder, RECORD))) await this.#train(configuration, folder)
    // The sweep measures the saved model, whichever part of the run trained it.
    const model = await openQuantized(folder)
    const { seconds, ...training } = { ...readRecord(folder), workload: id }
    record({
      kind: 'training',
      training: before || seconds === undefined ? training : { ...training, seconds },
    })
    if (options.save !== undefined) this.#keep(model, folder, configuration)
    return model
  }

  async #train(configuration: QuantizedConfiguration, folder: string): Promise<void> {
    const { normalizer, graph, id, task, decision } = this.#workload
    const judging = { normalizer, task, ...(decision && { decision }) }
    const loss = LOSSES[task]
    if ('untrained' in loss) throw new OctetError(`${id} ${loss.untrained}`, 'leave --method qat out')
    const {
      options,
      reporter,
      training: { id: products, kernels },
    } = this.#context
    makeFolder(folder)
    const { training, validation, split } = await (this.#learning ??= learningSamples(this.#workload))
    const start = await qatStart(this.#calibration, configuration)
    const hyper = recipe(options, configuration.weights.bits)
    const path = join(folder, CHECKPOINT)
    const stopped = readCheckpoint(path, products)
    const begun = now()
    const seconds = (): number => (stopped?.seconds ?? 0) + (now() - begun) / 1e9
    let kept = begun
    let value = stopped?.checkpoint.validations.at(-1)?.value
    const onProgress = ({ report, validation: judged }: QatProgress, run: QatRun): void => {
      value = judged?.value ?? value
      const loss = report === undefined ? '' : `, loss ${report.loss.toFixed(4)}`
      const judgement = value === undefined ? '' : `, validation ${withUnit(value, TASKS[task].value)}`
      reporter.stage(
        `${id}: ${configurationName(configuration)}: step ${run.step} of ${run.totalSteps}${loss}${judgement}`,
      )
      if ((now() - kept) / 1e6 < CHECKPOINT_MS) return
      writeCheckpoint(path, { checkpoint: run.checkpoint(), seconds: seconds(), products })
      kept = now()
    }
    const result = await qat(
      {
        start,
        graph,
        training: { ...training, ...judging },
        validation: { ...validation, ...judging },
        ...(kernels && { kernels }),
      },
      hyper,
      { onProgress, ...(stopped && { resume: stopped.checkpoint }) },
    )
    saveQuantized(result.quantized, folder)
    const record: Training = {
      workload: id,
      configuration: configurationKey(configuration),
      split,
      options: { ...hyperParameters(hyper), products },
      seconds: seconds(),
      ...outcome(result),
    }
    writeJson(join(folder, RECORD), record, parseTraining)
    rmSync(path, { force: true })
  }

  /**
   * Keeps a trained model in a workload folder for later evaluation. The record is written last. Without the record the
   * model does not count.
   */
  #keep(model: QuantizedModel, from: string, configuration: Configuration): void {
    const to = placeOf(join(this.#context.options.save!, this.#workload.id, TRAINED), configuration)
    if (resolve(to) === resolve(from)) return
    saveQuantized(model, to)
    writeJson(join(to, RECORD), readRecord(from), parseTraining)
  }
}

/** Whether a folder of trained models holds this configuration's model. */
export function isTrained(folder: string | undefined, configuration: Configuration): boolean {
  return folder !== undefined && existsSync(join(placeOf(folder, configuration), RECORD))
}

/**
 * The model that a run trained in a configuration.
 * @throws OctetError if its folder does not hold the model.
 */
export async function openTrained(
  run: string,
  workload: string,
  configuration: Configuration,
): Promise<QuantizedModel> {
  const folder = placeOf(join(run, TRAINED, workload), configuration)
  if (!existsSync(join(folder, RECORD)))
    throw new OctetError(
      `${run} does not hold the model that it trained: ${configurationName(configuration)}`,
      'copy its folder "trained" too, or run it again',
    )
  return openQuantized(folder)
}

/** The folder of one configuration among all of them. */
export function placeOf(folder: string, configuration: Configuration): string {
  return join(folder, configurationKey(configuration).replaceAll('/', '_'))
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

/** @throws OctetError if the record is missing or damaged. */
function readRecord(folder: string): Training {
  return readJson(join(folder, RECORD), parseTraining)
}
