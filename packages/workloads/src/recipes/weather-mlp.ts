import { GraphBuilder } from '@octet/train'
import type { Recipe } from './recipe.ts'

const SEED = 1

/** 8 readings - 48 - 32 - 5 classes. */
export const weatherMlp: Recipe = {
  id: 'weather-mlp',
  graph: () => new GraphBuilder('weather-mlp', [8], SEED).gemm(48).relu().gemm(32).relu().gemm(5).graph(),
  options: {
    seed: SEED,
    epochs: 60,
    batchSize: 32,
    optimizer: { kind: 'adam', learningRate: 4e-3, weightDecay: 0.2 },
    schedule: { kind: 'cosine', warmupSteps: 50 },
    labelSmoothing: 0.05,
  },
}
