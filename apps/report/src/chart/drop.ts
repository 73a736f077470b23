import { fixed } from '../format/number.ts'

/**
 * Drops past this many points put the axis on a symmetric log scale, as one bad configuration would flatten all
 * others.
 */
const LINEAR_UP_TO = 4
/** The log scale is linear within this many points of FP32. */
const KNEE = 0.5
const TICKS = [-50, -20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10, 20, 50, 100]

export interface DropScale {
  /** Options of a Plot scale. */
  readonly scale: object
  readonly domain: readonly [number, number]
  readonly label: string
}

/** A scale of accuracy drop in points, with FP32's 0 in it. */
export function dropScale(drops: readonly number[]): DropScale {
  const lo = Math.min(0, ...drops)
  const hi = Math.max(0, ...drops)
  const label = 'drop from FP32 (points)'
  if (Math.max(-lo, hi) <= LINEAR_UP_TO) {
    const pad = Math.max(0.05, (hi - lo) * 0.05)
    const domain = [lo - pad, hi + pad] as const
    return { scale: { domain, ticks: 5 }, domain, label }
  }
  const domain = [lo * 1.1 - 0.1, hi * 1.15 + 0.1] as const
  const ticks = TICKS.filter((tick) => tick >= domain[0] && tick <= domain[1])
  return {
    scale: { type: 'symlog', constant: KNEE, domain, ticks, tickFormat },
    domain,
    label: `${label}, log past ±${KNEE}`,
  }
}

function tickFormat(tick: number): string {
  return fixed(tick, Number.isInteger(tick) ? 0 : 1)
}
