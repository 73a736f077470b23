import * as Plot from '@observablehq/plot'
import type { Latency } from '@octet/results'
import { figure } from '../chart/figure.ts'
import { duration, grouped, milliseconds, range } from '../format/number.ts'

const HEIGHT = 180

/**
 * Every raw sample in the order of the rounds, drawn over the median and its interval, so that drift and outliers show.
 */
export function roundsChart(
  { samples, median, mad, ci95, clock, batch }: Latency,
  color: string,
): HTMLElement {
  const rounds = samples.map((ns, i) => ({ round: i + 1, ms: ns / 1e6 }))
  const [lo, hi] = ci95
  return figure({
    title: 'Latency by round',
    description:
      `${samples.length} samples from ${duration(Math.min(...samples))} to ${duration(Math.max(...samples))}, ` +
      `median ${duration(median)} with 95% interval ${range(ci95, duration)}.`,
    height: HEIGHT,
    draw: (width) =>
      Plot.plot({
        width,
        height: HEIGHT,
        marginLeft: 52,
        marginTop: 22,
        marginBottom: 36,
        x: {
          label: 'round',
          labelArrow: 'none',
          domain: [0.5, samples.length + 0.5],
          ticks: Math.min(samples.length, 8),
          tickFormat: (round: number) => (Number.isInteger(round) ? String(round) : ''),
        },
        y: { label: 'latency (ms)', labelArrow: 'none', grid: true, nice: true, ticks: 5 },
        marks: [
          Plot.rectY([0], {
            y1: lo / 1e6,
            y2: hi / 1e6,
            x1: 0.5,
            x2: samples.length + 0.5,
            fill: color,
            fillOpacity: 0.16,
          }),
          Plot.ruleY([median / 1e6], { stroke: color, strokeWidth: 1.5 }),
          Plot.dot(rounds, {
            x: 'round',
            y: 'ms',
            r: 3,
            fill: color,
            stroke: 'var(--surface)',
            strokeWidth: 0.75,
          }),
        ],
      }),
    table: () => ({
      heads: ['Round', 'Latency (ms)'],
      rows: samples.map((ns, i) => [String(i + 1), milliseconds(ns)]),
    }),
    note:
      `Line: median ${milliseconds(median)} ms; band: its 95% interval ${range(ci95, milliseconds)}; ` +
      `median absolute deviation ${duration(mad)}. ` +
      `${grouped(samples.length)} samples by ${clock === 'gpu' ? 'GPU timestamps' : 'wall clock'}, batch ${batch}.`,
  })
}
