import type { LayerPrecision } from '@octet/core'
import type { Cell } from '@octet/results'

/** A cell as a plan that gives each layer a precision of its own would have it. */
export function planned(
  cell: Cell,
  plan: string,
  calibration: string,
  layers: Readonly<Record<string, LayerPrecision>>,
): Cell {
  const key = [cell.workload, 'plan', plan, calibration].join('/')
  return { ...cell, key, method: 'plan', precision: 'mixed', plan, calibration, layers } as Cell
}
