import type { Range } from '../numerics/qparams.ts'

/** The smallest or the largest value of a tensor. */
export interface RangeEnd {
  readonly value: number
  /** The sample that reached the end, counted from 0 in the order of arrival; the first if several did. */
  readonly sample: number
  /** Where the end would be without that sample; null if no other sample held a finite value. */
  readonly without: number | null
}

/** The smallest and the largest value of a tensor, with the samples that hold them. */
export interface RangeEnds {
  readonly low: RangeEnd
  readonly high: RangeEnd
}

/** The share of a tensor's range (extended to contain 0) that the sample at one of its ends decides. */
export interface Stretch extends RangeEnd {
  readonly end: keyof RangeEnds
  /**
   * The share of the width that would go with the sample, in [0, 1]; 0 if the sample is the only one or a copy of
   * another.
   */
  readonly share: number
}

/** The ends after one more sample, whose finite values lie in `range`. */
export function endsWith(ends: RangeEnds | null, sample: number, { min, max }: Range): RangeEnds {
  const own = {
    low: { value: min, sample, without: null },
    high: { value: max, sample, without: null },
  }
  return ends === null ? own : mergeEnds(ends, own)
}

/** The ends of samples that follow `before` other samples. */
export function shifted(ends: RangeEnds, before: number): RangeEnds {
  const later = (end: RangeEnd): RangeEnd => ({ ...end, sample: end.sample + before })
  return { low: later(ends.low), high: later(ends.high) }
}

/** The ends of two sets of samples together; the samples of `a` came first. */
export function mergeEnds(a: RangeEnds, b: RangeEnds): RangeEnds {
  return { low: further(a.low, b.low, -1), high: further(a.high, b.high, 1) }
}

/**
 * The samples that stretch a range, largest share first. An end counts only on the side of 0 where it widens the range.
 * Empty if there was no finite value, or if samples were not told apart.
 */
export function stretchesOf(ends: RangeEnds | null): readonly Stretch[] {
  if (ends === null) return []
  const [low, high] = [Math.min(0, ends.low.value), Math.max(0, ends.high.value)]
  const width = high - low
  const shareOf = ({ value, without }: RangeEnd): number => {
    if (without === null || width === 0) return 0
    // If all values lie on one side of 0, the other end of the range is 0.
    const [from, to] = [value, without].map((end) => (value < 0 ? Math.min(0, end) : Math.max(0, end)))
    return Math.abs(from - to) / width
  }
  const all: Stretch[] = []
  if (ends.low.value < 0) all.push({ end: 'low', ...ends.low, share: shareOf(ends.low) })
  if (ends.high.value > 0) all.push({ end: 'high', ...ends.high, share: shareOf(ends.high) })
  return all.toSorted((a, b) => b.share - a.share)
}

function further(a: RangeEnd, b: RangeEnd, sign: 1 | -1): RangeEnd {
  const [first, other] = sign * b.value > sign * a.value ? [b, a] : [a, b]
  const { without } = first
  return {
    ...first,
    without: without === null || sign * other.value > sign * without ? other.value : without,
  }
}
