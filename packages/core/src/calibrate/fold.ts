import type { Range } from '../numerics/qparams.ts'
import { bitsOf } from '../tensor/bits.ts'
import { mergeHistograms, type Histogram } from './histogram.ts'

/** The number of folds for calibration samples. Each value of a tensor is counted in the fold of its sample. */
export const FOLDS = 8

/** The finite values that one tensor held over the samples of one or several folds. */
export interface Fold {
  readonly histogram: Histogram
  readonly count: number
  /** The number of samples behind the values; 0 if samples were not told apart. */
  readonly samples: number
  /** The exact ends; null if no finite value was observed. */
  readonly range: Range | null
}

/**
 * The fold of a raw sample. It depends on the sample's bits alone, not on its batch or its position. Copies of a sample
 * share a fold, so no copy of a held-out sample has been seen.
 * @throws OctetError for any array other than a Float32Array.
 */
export function foldOf(sample: Float32Array): number {
  return hashOf(sample) % FOLDS
}

/** 32 bits that tell samples apart: MurmurHash3 of the bits of their values. */
export function hashOf(sample: Float32Array): number {
  const words = bitsOf(sample, 'a sample')
  let h = words.length
  for (let i = 0; i < words.length; i++) {
    const k = Math.imul(words[i], 0xcc9e2d51)
    h ^= Math.imul((k << 15) | (k >>> 17), 0x1b873593)
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The values of all the folds together. A fold that is given twice counts twice. */
export function mergeFolds(folds: readonly Fold[]): Fold {
  let [count, samples, min, max] = [0, 0, Infinity, -Infinity]
  for (const fold of folds) {
    count += fold.count
    samples += fold.samples
    if (fold.range === null) continue
    if (fold.range.min < min) min = fold.range.min
    if (fold.range.max > max) max = fold.range.max
  }
  return {
    histogram: mergeHistograms(...folds.map(({ histogram }) => histogram)),
    count,
    samples,
    range: min > max ? null : { min, max },
  }
}
