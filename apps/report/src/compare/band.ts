import { studentTail } from '@octet/core/statistics'
import { type Cell, equalRuns, type Run } from '@octet/results'

/** The share of equal runs that lies outside the band. */
const TAIL = 0.05
/** The fewest degrees of freedom: three equal runs, or two pairs. */
const FEWEST_FREEDOM = 2

/**
 * The range that contains an equal run's median in 95 of 100 cases, around the shown median, in ns. It comes from the
 * deviation of log times over earlier runs of equal programs on the same machine. Undefined if there are too few.
 */
export function noiseBand(
  runs: readonly Run[],
  shown: Run,
  { key, adapter, latency }: Cell,
): readonly [number, number] | undefined {
  if (latency === undefined) return undefined
  let [squares, freedom] = [0, 0]
  for (const group of equalRuns(runs, [shown, shown], adapter)) {
    const logs = group.flatMap(({ cells }) => {
      const cell = cells.find((one) => one.key === key)
      return cell?.status === 'ok' && cell.latency !== undefined && cell.latency.median > 0
        ? [Math.log(cell.latency.median)]
        : []
    })
    if (logs.length < 2) continue
    const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length
    squares += logs.reduce((sum, one) => sum + (one - mean) ** 2, 0)
    freedom += logs.length - 1
  }
  if (freedom < FEWEST_FREEDOM) return undefined
  const factor = Math.exp(Math.SQRT2 * studentTail(TAIL, freedom) * Math.sqrt(squares / freedom))
  return [latency.median / factor, latency.median * factor]
}
