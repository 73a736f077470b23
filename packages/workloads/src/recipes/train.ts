import { OctetError, type Graph } from '@octet/core'
import type { TrainingKernels } from '@octet/core/training'
import { evaluate, train, type History, type StepReport, type TrainOptions } from '@octet/train'
import { openData, type DataOptions } from '../builtin/catalog.ts'
import { select, sizeOf, type Samples } from '../samples.ts'
import { allRows } from '../split.ts'
import { fashionMobilenet } from './fashion-mobilenet.ts'
import { mnistCnn } from './mnist-cnn.ts'
import type { Recipe } from './recipe.ts'
import { weatherMlp } from './weather-mlp.ts'

const RECIPES: readonly Recipe[] = [mnistCnn, fashionMobilenet, weatherMlp]

/** A finished step, and the total number of steps. */
export interface TrainProgress extends StepReport {
  readonly steps: number
}

export interface TrainWorkloadOptions extends DataOptions {
  /** Called and awaited after every step. It may throw to stop. */
  readonly onProgress?: (progress: TrainProgress) => void | Promise<void>
  /** Replaces the recipe's number of epochs. */
  readonly epochs?: number
  /** Trains on the first `limit` samples only. */
  readonly limit?: number
  /** Kernels for the parts of the training that they support. */
  readonly kernels?: TrainingKernels
}

/** A trained model, and everything that decides its numbers. */
export interface TrainedWorkload {
  readonly id: string
  readonly graph: Graph
  readonly history: History
  /** The FP32 top-1 accuracy (0..1) over all evaluation samples. */
  readonly accuracy: number
  /** The number of evaluation samples. */
  readonly samples: number
  readonly options: TrainOptions
  /** The number of training samples. */
  readonly trainedOn: number
  /** The split of training and evaluation samples. */
  readonly split: string
}

/** The recipe for training a built-in workload's model. */
export function recipeOf(id: string): Recipe {
  const recipe = RECIPES.find((known) => known.id === id)
  if (recipe === undefined)
    throw new OctetError(
      `no recipe for "${id}"`,
      `the built-in workloads are ${RECIPES.map((r) => r.id).join(', ')}`,
    )
  return recipe
}

/**
 * Trains a built-in workload's FP32 model by its recipe, which includes the seed, then evaluates the model.
 * @throws OctetError for an unknown id, missing data, or a loss that is not finite.
 */
export async function trainWorkload(
  id: string,
  options: TrainWorkloadOptions = {},
): Promise<TrainedWorkload> {
  const { onProgress, epochs, limit, kernels, ...dataOptions } = options
  const recipe = recipeOf(id)
  const { normalizer, training, evaluation, split } = await openData(id, dataOptions)
  const samples = first(await training(), limit)
  const trainOptions = { ...recipe.options, ...(epochs === undefined ? {} : { epochs }) }
  const { graph, history } = await train(
    recipe.graph(),
    { ...samples, normalizer },
    {
      ...trainOptions,
      onStep: async (report, { totalSteps }) => onProgress?.({ ...report, steps: totalSteps }),
    },
    kernels,
  )
  const { accuracy, samples: evaluated } = evaluate(graph, { ...evaluation, normalizer }, kernels)
  return {
    id,
    graph,
    history,
    accuracy,
    samples: evaluated,
    options: trainOptions,
    trainedOn: sizeOf(samples),
    split,
  }
}

function first(samples: Samples, limit = sizeOf(samples)): Samples {
  if (!Number.isInteger(limit) || limit < 1)
    throw new OctetError(`limit is ${limit}`, 'give a whole number of 1 or more')
  return limit >= sizeOf(samples) ? samples : select(samples, allRows(limit))
}
