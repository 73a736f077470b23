import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Network, Trainer } from '@octet/train'
import { modelFolder, type TrainedManifest } from '../../src/builtin/model.ts'
import { listWorkloads, openData } from '../../src/builtin/catalog.ts'
import { hyperParameters, type TrainingRecord } from '../../src/recipes/save.ts'
import { recipeOf, trainWorkload } from '../../src/recipes/train.ts'

/**
 * Relative. The same arithmetic gives the same bits; engines may differ in the last bit of Math.exp, Math.log and
 * Math.cos, which steps amplify.
 */
const TOLERANCE = 1e-5

/** Some seconds of work at most; longer where the machine is busy, which is no fault. */

async function manifestOf(id: string): Promise<TrainedManifest & { training: TrainingRecord }> {
  return JSON.parse(await readFile(join(modelFolder(id), 'manifest.json'), 'utf8')) as TrainedManifest & {
    training: TrainingRecord
  }
}

describe('training again gives what the committed manifest records', () => {
  test('every step loss at the start of mnist-cnn, and it falls', async () => {
    const { normalizer, training } = await openData('mnist-cnn')
    const recipe = recipeOf('mnist-cnn')
    const trainer = new Trainer(
      new Network(recipe.graph(), recipe.options.batchSize),
      { ...(await training()), normalizer },
      recipe.options,
    )
    const { firstSteps } = (await manifestOf('mnist-cnn')).training
    const losses = firstSteps.map(() => trainer.next().loss)
    for (const [step, loss] of losses.entries())
      expect(Math.abs(loss / firstSteps[step] - 1)).toBeLessThan(TOLERANCE)
    const last = losses.slice(-10)
    expect(last.reduce((sum, loss) => sum + loss) / last.length).toBeLessThan(losses[0] / 2)
  })

  test('the whole of weather-mlp: its losses and its accuracy', async () => {
    const manifest = await manifestOf('weather-mlp')
    const { history, accuracy, samples } = await trainWorkload('weather-mlp')
    const { firstSteps, epochs } = manifest.training
    for (const [step, loss] of firstSteps.entries())
      expect(Math.abs(history.steps[step].loss / loss - 1)).toBeLessThan(TOLERANCE)
    // Thousands of steps amplify a last bit further than the first ones do.
    for (const [epoch, { loss }] of epochs.entries())
      expect(Math.abs(history.epochs[epoch].loss / loss - 1)).toBeLessThan(0.02)
    expect(history.epochs.at(-1)!.loss).toBeLessThan(history.epochs[0].loss / 2)
    expect(samples).toBe(manifest.samples)
    expect(Math.abs(accuracy - manifest.accuracy)).toBeLessThanOrEqual(0.01)
  })
})

describe('every committed model', () => {
  test.each(listWorkloads().map(({ id }) => id))('%s was trained by its recipe as it is now', async (id) => {
    const { trainedWith, seed } = await manifestOf(id)
    const { options } = recipeOf(id)
    expect({ seed, trainedWith }).toEqual({ seed: options.seed, trainedWith: hyperParameters(options) })
  })
})

describe('trainWorkload', () => {
  test('reports progress, and trains on fewer samples and epochs when told', async () => {
    const seen: [number, number][] = []
    const { trainedOn, history } = await trainWorkload('weather-mlp', {
      epochs: 2,
      limit: 70,
      onProgress: ({ step, steps }) => {
        seen.push([step, steps])
      },
    })
    expect(trainedOn).toBe(70)
    expect(history.epochs).toHaveLength(2)
    expect(seen).toEqual([
      [0, 4],
      [1, 4],
      [2, 4],
      [3, 4],
    ])
  })

  test('names the workloads it knows', async () => {
    await expect(trainWorkload('mnist')).rejects.toThrow(/no recipe for "mnist"/)
    await expect(trainWorkload('weather-mlp', { limit: 0 })).rejects.toThrow('limit is 0')
  })
})
