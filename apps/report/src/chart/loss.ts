import { TASKS } from '@octet/core'
import { maxLossOf, type TaskScore } from '@octet/results'
import { fixed } from '../format/number.ts'

/**
 * If a loss exceeds this many default goals, the axis has a symmetric log scale. On a linear scale one bad
 * configuration would flatten all others.
 */
const LINEAR_UP_TO = 4
/** The log scale is linear within this many default goals of FP32. */
const KNEE = 0.5
/** Pixels along an axis for the text of one tick. */
const TICK_ROOM = 30
/** Pixels for a digit, for an axis's label with the tick marks, and for the narrowest margin. */
const DIGIT_WIDTH = 7.5
const LABEL_ROOM = 26
const LEAST_MARGIN = 50
const TICKS = [-50, -20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10, 20, 50, 100]

export interface LossScale {
  /** Options of a Plot scale. */
  readonly scale: object
  readonly domain: readonly [number, number]
  readonly label: string
  /** Pixels to the left of the axis for its ticks and its label. */
  readonly margin: number
}

/**
 * A scale for losses beside a score's, in their written unit and including FP32's 0. The axis is `length` pixels long,
 * and its ticks keep enough distance for their texts.
 */
export function lossScale(
  score: Pick<TaskScore, 'id' | 'scale'>,
  losses: readonly number[],
  length: number = Infinity,
): LossScale {
  const { loss } = TASKS[score.id]
  const step = rounded(maxLossOf({}, score) * loss.factor)
  const lo = Math.min(0, ...losses)
  const hi = Math.max(0, ...losses)
  const label = `${loss.noun} from FP32${loss.name && ` (${loss.name})`}`
  if (Math.max(-lo, hi) <= LINEAR_UP_TO * step) {
    const pad = Math.max(0.05 * step, (hi - lo) * 0.05)
    const domain = [lo - pad, hi + pad] as const
    return { scale: { domain, ticks: 5 }, domain, label, margin: marginOf([tickFormat(step / 5)]) }
  }
  const domain = [lo * 1.1 - 0.1 * step, hi * 1.15 + 0.1 * step] as const
  const all = TICKS.map((tick) => tick * step).filter((tick) => tick >= domain[0] && tick <= domain[1])
  const zero = all.indexOf(0)
  const each = Math.ceil((all.length * TICK_ROOM) / length)
  const ticks = all.filter((_, i) => (i - zero) % Math.max(1, each) === 0)
  const constant = KNEE * step
  return {
    scale: { type: 'symlog', constant, domain, ticks, tickFormat },
    domain,
    label: `${label}, log past ±${constant}`,
    margin: marginOf(ticks.map(tickFormat)),
  }
}

function marginOf(ticks: readonly string[]): number {
  return Math.max(LEAST_MARGIN, LABEL_ROOM + DIGIT_WIDTH * Math.max(...ticks.map(({ length }) => length)))
}

/** The nearest number with one significant digit. Ticks are multiples of it. */
function rounded(step: number): number {
  return Number(step.toPrecision(1))
}

function tickFormat(tick: number): string {
  return fixed(tick, Number(tick.toPrecision(3)).toString().split('.')[1]?.length ?? 0)
}
