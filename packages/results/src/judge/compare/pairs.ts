import type { Cell } from '../../run/cell.ts'
import { configurationKey } from '../../run/configuration.ts'

/** A cell of the first run and its counterpart in the second run. */
export interface Pair {
  readonly before: Cell
  readonly after: Cell
}

export interface Pairs {
  /** Pairs on one device in both runs. */
  readonly same: readonly Pair[]
  /** Pairs measured on a device that the other run lacks: another adapter, or other kernels. */
  readonly moved: readonly Pair[]
  readonly lost: readonly Cell[]
  readonly added: readonly Cell[]
}

/**
 * Pairs cells by key. Then pairs cells of devices that only one run has: each device of the first run with one of the
 * second.
 */
export function pairsOf(before: readonly Cell[], after: readonly Cell[]): Pairs {
  const now = new Map(after.map((cell) => [cell.key, cell]))
  const then = new Set(before.map(({ key }) => key))
  const same = before.flatMap((cell) => {
    const twin = now.get(cell.key)
    return twin ? [{ before: cell, after: twin }] : []
  })
  const stand = standIns(before, after)
  const open = new Map(
    after.filter(({ key }) => !then.has(key)).map((cell) => [`${deviceOf(cell)} ${placeOf(cell)}`, cell]),
  )
  const moved: Pair[] = []
  const lost: Cell[] = []
  for (const cell of before.filter(({ key }) => !now.has(key))) {
    const key = `${stand.get(deviceOf(cell))} ${placeOf(cell)}`
    const twin = open.get(key)
    if (twin === undefined) lost.push(cell)
    else moved.push({ before: cell, after: twin })
    open.delete(key)
  }
  return { same, moved, lost, added: [...open.values()] }
}

/**
 * For each device that only the first run has, a device that only the second has, with the same kernels if there is
 * one.
 */
function standIns(before: readonly Cell[], after: readonly Cell[]): Map<string, string> {
  const [then, now] = [before, after].map((cells) => new Map(cells.map((cell) => [deviceOf(cell), cell])))
  const fresh = [...now].filter(([device]) => !then.has(device))
  const pairs = new Map<string, string>()
  const gone = [...then].filter(([device]) => !now.has(device))
  for (const matches of [(a: Cell, b: Cell) => a.kernels === b.kernels, () => true])
    for (const [device, cell] of gone) {
      if (pairs.has(device)) continue
      const at = fresh.findIndex(([, other]) => matches(cell, other))
      if (at >= 0) pairs.set(device, fresh.splice(at, 1)[0][0])
    }
  return pairs
}

export function deviceOf({ kernels, adapter }: Cell): string {
  return `${kernels}/${adapter}`
}

/** Workload and configuration. A cell's answers depend on them. */
function placeOf(cell: Cell): string {
  return `${cell.workload}/${configurationKey(cell)}`
}
