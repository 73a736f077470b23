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

/** A step as it was taken, and how many there will be. */
export interface TrainProgress extends StepReport {
  readonly steps: number
}

export interface TrainWorkloadOptions extends DataOptions {
  /** Called after every step and waited for; throw to stop. */
  readonly onProgress?: (progress: TrainProgress) => void | Promise<void>
  /** Instead of the recipe's. */
  readonly epochs?: number
  /** Train on the first `limit` samples only. */
  readonly limit?: number
  /** Kernels for those parts of the training that they can compute. */
  readonly kernels?: TrainingKernels
}

/** A model that was trained, and all that its numbers depend on. */
export interface TrainedWorkload {
  readonly id: string
  readonly graph: Graph
  readonly history: History
  /** FP32 top-1 accuracy (0..1) over all evaluation samples. */
  readonly accuracy: number
  /** How many evaluation samples. */
  readonly samples: number
  readonly options: TrainOptions
  /** How many samples it was trained on. */
  readonly trainedOn: number
  /** How training and evaluation samples were divided. */
  readonly split: string
}

/** How a built-in workload's model is trained. */
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
 * Trains a built-in workload's FP32 model by its recipe, which has its seed, then evaluates it.
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
