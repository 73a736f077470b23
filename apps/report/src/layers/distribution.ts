import * as Plot from '@observablehq/plot'
import type { Layer } from '@octet/results'
import { figure } from '../chart/figure.ts'
import { h } from '../dom/element.ts'
import { decibels, grouped, range, share, significant } from '../format/number.ts'
import { type Ranked, ranked } from './ranking.ts'

export type CountScale = 'log' | 'linear'

const UPPER_HEIGHT = 200
const ROW_HEIGHT = 20
/** The height at which a bin with one value still shows on a log scale. */
const LOG_FLOOR = 0.5

/**
 * The tensor's histogram and, below it on the same axis, the range that each calibrator keeps. Values outside are
 * clipped.
 */
export function distributionChart(layer: Layer, counts: CountScale): HTMLElement {
  const { histogram, tensor } = layer
  const ranges = ranked(layer)
  const best = ranges.filter(({ best }) => best)
  const total = histogram.counts.reduce((sum, count) => sum + count, 0)
  const lowerHeight = ranges.length * ROW_HEIGHT + 44
  const draw = (width: number): HTMLElement => {
    const domain = domainOf(layer, ranges)
    const frame = { width, marginLeft: 118, marginRight: 14 }
    const thresholds = Plot.ruleX(
      best.slice(0, 1).flatMap(({ lo, hi }) => [lo, hi]),
      { stroke: 'var(--int8)', strokeWidth: 1.25, strokeDasharray: '4 3' },
    )
    const upper = Plot.plot({
      ...frame,
      height: UPPER_HEIGHT,
      marginTop: 22,
      marginBottom: 2,
      x: { domain, axis: null },
      y: countAxis(layer, counts),
      marks: [histogramMark(layer, counts), thresholds],
    })
    const lower = Plot.plot({
      ...frame,
      height: lowerHeight,
      marginTop: 4,
      marginBottom: 36,
      x: {
        domain,
        label: `value of ${tensor}`,
        labelArrow: 'none',
        grid: true,
        ticks: Math.floor(width / 90),
      },
      y: { type: 'point', domain: ranges.map(({ name }) => name), label: null, tickSize: 0, padding: 0.5 },
      marks: [thresholds, ...rangeMarks(ranges)],
    })
    return h('div', {}, upper, lower)
  }
  return figure({
    title: `Distribution of ${tensor}`,
    description:
      `Histogram of ${grouped(total)} values from ${significant(layer.range[0])} to ` +
      `${significant(layer.range[1])}, with the range each calibrator keeps: ` +
      `${ranges.map(({ name, lo, hi }) => `${name} ${range([lo, hi], significant)}`).join('; ')}.`,
    height: UPPER_HEIGHT + lowerHeight,
    draw,
    table: () => ({
      heads: ['From', 'To', 'Values'],
      rows: histogram.counts.map((count, i) =>
        [histogram.lo + i * histogram.width, histogram.lo + (i + 1) * histogram.width]
          .map(significant)
          .concat(grouped(count)),
      ),
    }),
    note:
      `FP32 over the calibration set, ${grouped(total)} values. Each bar is the range that a calibrator ` +
      'keeps; values outside are clipped. Dashed and blue: best by SQNR ' +
      `(${best.map(({ name }) => name).join(', ')}).`,
  })
}

function domainOf({ range }: Layer, ranges: readonly Ranked[]): [number, number] {
  const ends = [...range, ...ranges.flatMap(({ lo, hi }) => [lo, hi]), 0]
  const [lo, hi] = [Math.min(...ends), Math.max(...ends)]
  const pad = (hi - lo) * 0.02
  return [lo - pad, hi + pad]
}

function countAxis({ histogram }: Layer, counts: CountScale): Plot.ScaleOptions {
  const highest = Math.max(1, ...histogram.counts)
  const axis = { labelArrow: 'none', grid: true, tickFormat: '~s' } as const
  const decades = Array.from({ length: Math.floor(Math.log10(highest)) + 1 }, (_, i) => 10 ** i)
  return counts === 'log'
    ? {
        ...axis,
        type: 'log',
        domain: [LOG_FLOOR, highest * 1.5],
        ticks: decades,
        label: 'values in bin (log)',
      }
    : { ...axis, domain: [0, highest * 1.05], ticks: 4, label: 'values in bin' }
}

function histogramMark({ histogram: { lo, width, counts } }: Layer, scale: CountScale): Plot.Markish {
  const bins = counts
    .map((count, i) => ({ count, lo: lo + i * width, hi: lo + (i + 1) * width }))
    .filter(({ count }) => count > 0)
  return Plot.rect(bins, {
    x1: 'lo',
    x2: 'hi',
    y1: scale === 'log' ? LOG_FLOOR : 0,
    y2: 'count',
    fill: 'var(--ink-3)',
    fillOpacity: 0.75,
    insetLeft: 0.25,
    insetRight: 0.25,
  })
}

function rangeMarks(ranges: readonly Ranked[]): Plot.Markish[] {
  return [
    Plot.ruleY(ranges, {
      y: 'name',
      x1: 'lo',
      x2: 'hi',
      strokeWidth: ({ best }: Ranked) => (best ? 5 : 3),
      stroke: ({ best }: Ranked) => (best ? 'var(--int8)' : 'var(--ink-3)'),
    }),
    Plot.tip(
      ranges,
      Plot.pointerY({
        y: 'name',
        x: ({ lo, hi }: Ranked) => (lo + hi) / 2,
        title: ({ name, lo, hi, clipped, sqnrDb }: Ranked) =>
          `${name}\n${range([lo, hi], significant)}\nclipped ${share(clipped)}, SQNR ${decibels(sqnrDb)} dB`,
        fill: 'var(--surface)',
        stroke: 'var(--rule-strong)',
      }),
    ),
  ]
}
