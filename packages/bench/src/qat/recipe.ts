import type { QatOptions } from '@octet/train'
import type { SweepOptions } from '../sweep/options.ts'

/** The default number of QAT steps. */
export const QAT_STEPS = 200

/**
 * The training of the sweep: a short course at a low rate that learns only from the FP32 model's answers. The FP32
 * model already knows the labels, and known labels teach nothing. Its answers keep every sample useful. With 8 bits
 * there is little to improve: a higher rate does harm, and a course without progress halfway makes none later.
 */
export function recipe({ qat, seed }: Pick<SweepOptions, 'qat' | 'seed'>, bits: number): QatOptions {
  return {
    steps: qat.steps,
    batchSize: 64,
    optimizer: { kind: 'adam', learningRate: bits === 4 ? 1e-3 : 1e-4 },
    seed,
    distillation: { weight: 1 },
    learnedScales: qat.scales === 'learned',
    // In such a short course, updates would only make BatchNormalization's statistics noisier.
    freezeStatistics: 0,
    ...(bits === 8 && { patience: 5 }),
  }
}

/** The options by name, in one flat record. */
export function hyperParameters(options: QatOptions): Record<string, string | number | boolean> {
  const { optimizer, distillation, ...rest } = options
  const { kind, ...rates } = optimizer
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    optimizer: kind,
    ...rates,
    ...(distillation && {
      distillation: distillation.weight,
      temperature: distillation.temperature ?? 1,
    }),
  }
}
