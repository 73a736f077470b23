import type { Cell } from '../run/cell.ts'

/** What a configuration must keep to. */
export interface Goals {
  /** Most accuracy that may be lost against FP32, as a fraction: 0.01 is one point. */
  readonly maxDrop: number
  /** Most device time of one inference, in ns. */
  readonly maxLatencyNs?: number
  /** Most bytes of weights, as kernels hold them. */
  readonly maxBytes?: number
  /** Most energy of one inference, in joules. */
  readonly maxEnergyJ?: number
}

export const DEFAULT_GOALS: Goals = { maxDrop: 0.01 }

/**
 * How a measured drop stands to the goal: `shown` when its whole 95% interval is within, `likely` when the figure is but
 * the interval is not (more samples would tell), `missed` when the figure is past it.
 */
export type Standing = 'shown' | 'likely' | 'missed'

export function standing(
  { drop, ci95 }: { drop: number; ci95: readonly [number, number] },
  maxDrop: number,
): Standing {
  if (drop > maxDrop) return 'missed'
  return ci95[1] <= maxDrop ? 'shown' : 'likely'
}

/** Whether a measured cell keeps to every goal but the drop; a figure that was not measured does not. */
export function withinBudget({ latency, memory, energy }: Cell, goals: Goals): boolean {
  return (
    within(latency?.median, goals.maxLatencyNs) &&
    within(memory?.weightBytes, goals.maxBytes) &&
    within(energy?.joulesPerInference, goals.maxEnergyJ)
  )
}

function within(value: number | undefined, limit: number | undefined): boolean {
  return limit === undefined || (value !== undefined && value <= limit)
}
