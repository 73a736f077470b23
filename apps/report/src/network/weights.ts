import * as Plot from '@observablehq/plot'
import type { NetworkLayer } from '@octet/results'
import { MIDDLE_LABEL } from '../chart/axis.ts'
import { figure } from '../chart/figure.ts'
import { counted, decibels, fixed, grouped, range, significant } from '../format/number.ts'

const HEIGHT = 220
/** Levels of 8-bit symmetric weights. */
const LEVELS = 255
/** 4 bits have this many levels. A channel with fewer loses its values to the scale of the other channels. */
const FEW_LEVELS = 16

type Weights = NonNullable<NetworkLayer['weights']>

/**
 * The range of each output channel of a layer's weights, the widest first, and the number of levels that a single scale
 * leaves the channel.
 */
export function weightsChart({ name }: NetworkLayer, weights: Weights): HTMLElement {
  const largest = weights.ranges.reduce((most, ends) => Math.max(most, magnitude(ends)), 0)
  const step = (2 * largest) / (LEVELS - 1)
  const channels = weights.ranges
    .toSorted((a, b) => magnitude(b) - magnitude(a))
    .map((ends, i) => ({ place: i + 1, lo: ends[0], hi: ends[1], levels: levelsOf(ends, step) }))
  const few = channels.filter(({ levels }) => levels < FEW_LEVELS).length
  const narrowest = magnitude(weights.ranges.toSorted((a, b) => magnitude(a) - magnitude(b))[0])
  const skew =
    narrowest > 0
      ? `The widest channel reaches ${fixed(largest / narrowest, 1)} times as far as the narrowest.`
      : 'The narrowest channel is all zeros.'
  const sampled =
    weights.channels > channels.length
      ? ` ${counted(channels.length, 'channel')} of ${grouped(weights.channels)} are drawn, evenly taken.`
      : ''
  const lost =
    `With one scale for all, ${few} of ${counted(channels.length, 'channel')} ` +
    `${few === 1 ? 'uses' : 'use'} fewer than ${FEW_LEVELS} of ${LEVELS} levels`
  const both =
    `SQNR of these weights: ${decibels(weights.sqnrDb.perTensor)} dB with one scale, ` +
    `${decibels(weights.sqnrDb.perChannel)} dB with a scale for each channel.`
  return figure({
    title: `Weights of ${name} by channel`,
    description: `Ranges of ${counted(channels.length, 'channel')}, the widest first. ${skew} ${lost}.`,
    height: HEIGHT,
    draw: (width) =>
      Plot.plot({
        width,
        height: HEIGHT,
        marginLeft: 52,
        marginBottom: 36,
        x: {
          label: 'channels, the widest first',
          ...MIDDLE_LABEL,
          domain: [0.5, channels.length + 0.5],
          ticks: Math.min(channels.length, Math.floor(width / 80)),
          tickFormat: 'd',
        },
        y: { label: 'weights', labelArrow: 'none', grid: true, ticks: 5 },
        marks: [
          Plot.ruleX(channels, {
            x: 'place',
            y1: 'lo',
            y2: 'hi',
            strokeWidth: Math.max(1, Math.min(12, (width - 70) / channels.length - 1)),
            stroke: ({ levels }: { readonly levels: number }) =>
              levels < FEW_LEVELS ? 'var(--bad)' : 'var(--int8)',
          }),
          Plot.ruleY([0], { stroke: 'var(--ink-3)' }),
        ],
        color: { type: 'identity' },
      }),
    table: () => ({
      heads: ['Place by width', 'Range', 'Levels of one scale'],
      rows: channels.map(({ place, lo, hi, levels }) => [
        grouped(place),
        range([lo, hi], significant),
        grouped(levels),
      ]),
    }),
    note: `${skew} ${lost}${few > 0 ? ', in red' : ''}. ${both}${sampled}`,
  })
}

function magnitude([lo, hi]: readonly [number, number]): number {
  return Math.max(-lo, hi)
}

/** The number of integers between the ends of a channel, on a grid with a given step. */
function levelsOf([lo, hi]: readonly [number, number], step: number): number {
  return step > 0 ? Math.round(hi / step) - Math.round(lo / step) + 1 : 1
}
