import type { QatOptions } from '@octet/train'
import type { SweepOptions } from '../sweep/options.ts'

/** Steps that QAT takes unless told. */
export const QAT_STEPS = 200

/**
 * How the sweep trains: a short course at a low rate, wholly from the FP32 model's answers. The FP32 model has
 * learned the labels already, and labels that it knows by heart teach nothing; its answers keep every sample useful.
 * With 8 bits there is little to mend: a higher rate does harm, and where nothing gets better halfway, nothing will.
 */
export function recipe({ qat, seed }: Pick<SweepOptions, 'qat' | 'seed'>, bits: number): QatOptions {
  return {
    steps: qat.steps,
    batchSize: 64,
    optimizer: { kind: 'adam', learningRate: bits === 4 ? 1e-3 : 1e-4 },
    seed,
    distillation: { weight: 1 },
    learnedScales: qat.scales === 'learned',
    // A course this short would only make BatchNormalization's statistics noisier than they are.
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
