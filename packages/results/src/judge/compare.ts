import type { Cell } from '../run/cell.ts'
import { configurationKey } from '../run/configuration.ts'
import type { Run } from '../run/run.ts'
import { MINIMUM_EFFECT } from '../statistics/ratio.ts'

export type Verdict = 'worse' | 'better' | 'same'

/** One figure of one cell in two runs. */
export interface Difference {
  readonly key: string
  readonly figure: 'accuracy' | 'weightBytes' | 'activationPeakBytes' | 'latency' | 'status'
  readonly before: number | string
  readonly after: number | string
  readonly verdict: Verdict
  /** Whether this alone makes the comparison fail: deterministic figures that got worse. */
  readonly gates: boolean
}

export interface Comparison {
  /** Cells judged. */
  readonly compared: number
  /** Differences, those that gate first. */
  readonly differences: readonly Difference[]
  /** What was not judged, and why. */
  readonly notJudged: readonly string[]
  /** False when a difference gates. */
  readonly holds: boolean
}

/**
 * Judges run `after` against run `before`, cell by cell. Accuracy, bytes and status are deterministic, so any change for the
 * worse gates. INT8 gives the same integers on every device: cells that ran on other devices in the two runs are judged by
 * their INT8 accuracy alone. Time never gates, and is not judged at all between machines with different fingerprints;
 * a difference in time needs intervals apart and the minimum effect of 5%. Accuracies over other samples (count or
 * seed) are not judged.
 */
export function compareRuns(before: Run, after: Run): Comparison {
  const notJudged: string[] = []
  const sameMachine = before.machine.fingerprint === after.machine.fingerprint
  if (!sameMachine)
    notJudged.push(`time: the machines differ (${before.machine.fingerprint}, ${after.machine.fingerprint})`)
  const sameSeed = before.run.seed === after.run.seed
  const earlier = new Map(before.cells.map((cell) => [cell.key, cell]))
  const twins = new Map(before.cells.map((cell) => [wherever(cell), cell]))
  const matched = new Set<Cell>()
  /** How many cells moved, by the devices they were and are on. */
  const moved = new Map<string, number>()
  const differences: Difference[] = []
  for (const cell of after.cells) {
    const old = earlier.get(cell.key) ?? twins.get(wherever(cell))
    if (old === undefined) {
      notJudged.push(`${cell.key}: only in the second run`)
      continue
    }
    matched.add(old)
    const sameDevice = old.key === cell.key
    if (sameDevice) differences.push(...status(old, cell), ...bytes(old, cell))
    else {
      const devices = `${old.kernels}/${old.adapter} and ${cell.kernels}/${cell.adapter}`
      moved.set(devices, (moved.get(devices) ?? 0) + 1)
    }
    if (old.accuracy && cell.accuracy && (sameDevice || cell.precision === 'int8')) {
      if (old.accuracy.samples === cell.accuracy.samples && sameSeed) differences.push(...accuracy(old, cell))
      else notJudged.push(`${cell.key}: accuracy, as it was measured on other samples`)
    }
    if (sameMachine && sameDevice) differences.push(...latency(old, cell))
  }
  for (const [devices, count] of moved)
    notJudged.push(`${count} cells, all but the accuracy of INT8: measured on ${devices}`)
  for (const cell of before.cells)
    if (!matched.has(cell)) notJudged.push(`${cell.key}: only in the first run`)
  differences.sort((a, b) => Number(b.gates) - Number(a.gates))
  return { compared: matched.size, differences, notJudged, holds: !differences.some(({ gates }) => gates) }
}

/** Workload and configuration: what a cell's accuracy depends on. */
function wherever(cell: Cell): string {
  return `${cell.workload}/${configurationKey(cell)}`
}

function answered({ status }: Cell): boolean {
  return status === 'ok' || status === 'unstable'
}

function status(before: Cell, after: Cell): Difference[] {
  if (answered(before) === answered(after)) return []
  const worse = answered(before)
  return [
    {
      key: after.key,
      figure: 'status',
      before: before.status,
      after: after.status,
      verdict: worse ? 'worse' : 'better',
      gates: worse,
    },
  ]
}

function accuracy(before: Cell, after: Cell): Difference[] {
  return exact(after.key, 'accuracy', before.accuracy?.value, after.accuracy?.value, -1)
}

function bytes(before: Cell, after: Cell): Difference[] {
  return (['weightBytes', 'activationPeakBytes'] as const).flatMap((figure) =>
    exact(after.key, figure, before.memory?.[figure], after.memory?.[figure], 1),
  )
}

/** A deterministic figure; `costly` is 1 where more is worse and -1 where less is. */
function exact(
  key: string,
  figure: Difference['figure'],
  before: number | undefined,
  after: number | undefined,
  costly: 1 | -1,
): Difference[] {
  if (before === undefined || after === undefined || before === after) return []
  const worse = (after - before) * costly > 0
  return [{ key, figure, before, after, verdict: worse ? 'worse' : 'better', gates: worse }]
}

function latency(
  { latency: before, status: old }: Cell,
  { key, latency: after, status: now }: Cell,
): Difference[] {
  if (
    before === undefined ||
    after === undefined ||
    old !== 'ok' ||
    now !== 'ok' ||
    before.clock !== after.clock
  )
    return []
  const ratio = after.median / before.median
  const slower = after.ci95[0] > before.ci95[1] && ratio >= 1 + MINIMUM_EFFECT
  const faster = after.ci95[1] < before.ci95[0] && ratio <= 1 / (1 + MINIMUM_EFFECT)
  if (!slower && !faster) return []
  return [
    {
      key,
      figure: 'latency',
      before: before.median,
      after: after.median,
      verdict: slower ? 'worse' : 'better',
      gates: false,
    },
  ]
}
