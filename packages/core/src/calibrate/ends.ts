import type { Range } from '../numerics/qparams.ts'

/** The smallest or the largest value of a tensor. */
export interface RangeEnd {
  readonly value: number
  /** Which sample reached it, counted from 0 in the order in which samples came; the first of several. */
  readonly sample: number
  /** Where the end would be without that sample; null where no other sample held a finite value. */
  readonly without: number | null
}

/** The smallest and the largest value of a tensor, with the samples that hold them. */
export interface RangeEnds {
  readonly low: RangeEnd
  readonly high: RangeEnd
}

/** The share of a tensor's range, 0 within it, that the sample at one of its ends decides. */
export interface Stretch extends RangeEnd {
  readonly end: keyof RangeEnds
  /** Share of the width that would go with the sample, in [0, 1]; 0 where it is the only one, or a copy of another. */
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

/** The ends of samples that follow others, as many as `before`. */
export function shifted(ends: RangeEnds, before: number): RangeEnds {
  const later = (end: RangeEnd): RangeEnd => ({ ...end, sample: end.sample + before })
  return { low: later(ends.low), high: later(ends.high) }
}

/** Ends of two sets of samples as those of one; `a` came first. */
export function mergeEnds(a: RangeEnds, b: RangeEnds): RangeEnds {
  return { low: further(a.low, b.low, -1), high: further(a.high, b.high, 1) }
}

/**
 * The samples that stretch a range, the one with the larger share first: of an end that lies on the side of 0 where it
 * widens the range. Empty where there is nothing to say: no finite value, or samples that were not told apart.
 */
export function stretchesOf(ends: RangeEnds | null): readonly Stretch[] {
  if (ends === null) return []
  const [low, high] = [Math.min(0, ends.low.value), Math.max(0, ends.high.value)]
  const width = high - low
  const shareOf = ({ value, without }: RangeEnd): number => {
    if (without === null || width === 0) return 0
    // Values on one side of 0 leave the other end at 0.
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
