import type { Range } from '../numerics/qparams.ts'
import { bitsOf } from '../tensor/bits.ts'
import { mergeHistograms, type Histogram } from './histogram.ts'

/** Calibration samples are dealt into this many folds; every tensor's values are kept by the fold of their sample. */
export const FOLDS = 8

/** The finite values that one tensor held over the samples of a fold, or of several. */
export interface Fold {
  readonly histogram: Histogram
  readonly count: number
  /** How many samples they came from; 0 where samples were not told apart. */
  readonly samples: number
  /** Exact ends; null where no finite value was seen. */
  readonly range: Range | null
}

/**
 * The fold a raw sample belongs to, from its bits alone: the same whatever batch it comes in and wherever it stands
 * among the others. Copies of a sample share a fold, so what is held out has not been seen.
 * @throws OctetError for any other array than a Float32Array.
 */
export function foldOf(sample: Float32Array): number {
  return hashOf(sample) % FOLDS
}

/** 32 bits that tell samples apart by their values' bits: MurmurHash3. */
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

/** All the folds' values together; a fold given twice counts twice. */
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
