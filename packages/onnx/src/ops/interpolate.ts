import { originalPlace, tensor, type Shape } from '@octet/core'
import { refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { NodeOf, Reading } from './op.ts'

/** The most input elements for one output element, without those at the ends of the axis. */
const MOST_TAPS = 256

/** The input elements along an axis that make up one output element, and the share of each. */
type Taps = readonly (readonly [place: number, share: number])[]

/**
 * The shares of the elements near `place`, before elements outside the axis are moved to its ends.
 * @param scale of the axis: with antialias, a kernel is as much wider as the axis becomes shorter
 */
export type Kernel = (place: number, scale: number) => Taps

/** Linear between the two elements beside the place. */
export const linear: Kernel = (place) => {
  const before = Math.floor(place)
  return [
    [before, 1 - (place - before)],
    [before + 1, place - before],
  ]
}

/** A cubic convolution of the four elements near the place (Keys 1981). `a` is its slope at distance 1. */
export function cubic(a: number): Kernel {
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return (place) => {
    const before = Math.floor(place)
    return [-1, 0, 1, 2].map((step) => {
      const distance = Math.abs(place - before - step)
      return [before + step, distance <= 1 ? near(distance) : far(distance)]
    })
  }
}

/** The weight of an element at a distance, and the smallest distance with weight 0. */
interface Filter {
  readonly reach: number
  readonly weight: (distance: number) => number
}

export const TRIANGLE: Filter = { reach: 1, weight: (distance) => Math.max(0, 1 - distance) }

/** The kernel of `cubic` by distance. */
export function keys(a: number): Filter {
  return {
    reach: 2,
    weight: (d) => {
      if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
      return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
    },
  }
}

/** A filter over all elements that a shrinking axis combines into one. The shares add up to 1. */
export function antialiased({ reach, weight }: Filter): Kernel {
  return (place, scale) => {
    const by = Math.min(scale, 1)
    const before = Math.floor(place)
    const start = Math.floor(-reach / by) + 1
    const steps = Array.from({ length: 2 - 2 * start }, (_, i) => start + i)
    const weights = steps.map((step) => weight(Math.abs(before + step - place) * by))
    const total = weights.reduce((sum, one) => sum + one, 0)
    return steps.map((step, i) => [before + step, weights[i] / total])
  }
}

/**
 * A Resize that interpolates, axis by axis: the sum over all taps of the input at the tap, times its share. Shares are
 * computed in float64 and rounded to float32.
 * @param excludeOutside whether elements outside the input are ignored, so that the others make up for them
 */
export function interpolate(
  source: Source,
  { sizes, scales, regions, coordinates, extrapolation }: NodeOf<'Resize'>['attributes'],
  kernel: Kernel,
  excludeOutside: boolean,
): Reading {
  const [x] = source.inputs
  const shape = source.shape(x)
  const chain = new Chain(source)
  let y = x
  for (const [axis, from] of shape.entries()) {
    const to = sizes[axis]
    if (to === 0) continue
    const original = originalPlace(coordinates, { from, to, scale: scales[axis], region: regions[axis] })
    const places = Array.from({ length: to }, (_, at) => original(at))
    if (scales[axis] < 1 / MOST_TAPS)
      refuse(source, `it shrinks axis ${axis} by more than ${MOST_TAPS}`, 'resize it in several steps')
    const taps = places.map((place) => within(kernel(place, scales[axis]), from, excludeOutside))
    y = weighted(chain, source, y, { axis, rank: shape.length, taps })
    const isInside = places.map((place) => place >= 0 && place <= from - 1)
    if (coordinates !== 'tf_crop_and_resize' || !isInside.includes(false)) continue
    const sizesOf = shape.map((_, at) => (at === axis ? to : 1))
    const mask = tensor('float32', sizesOf, Float32Array.from(isInside, Number))
    const inputs = [
      source.freshConstant(`${source.name}.inside`, mask),
      y,
      chain.number('outside', extrapolation),
    ]
    y = chain.add('shown', { op: 'Where', inputs, attributes: null })
  }
  return y === x ? { same: x } : chain.reading()
}

/** Taps outside the axis are moved to its ends, or left out. */
function within(taps: Taps, size: number, excludeOutside: boolean): Taps {
  const inside = ([place]: Taps[number]): boolean => place >= 0 && place < size
  const total = taps.filter(inside).reduce((sum, [, share]) => sum + share, 0)
  return taps.map((tap) => {
    const [place, share] = tap
    const held = Math.min(Math.max(place, 0), size - 1)
    return [held, excludeOutside ? (inside(tap) ? share / total : 0) : share]
  })
}

function weighted(
  chain: Chain,
  source: Source,
  x: string,
  { axis, rank, taps }: { readonly axis: number; readonly rank: number; readonly taps: readonly Taps[] },
): string {
  const shape: Shape = Array.from({ length: rank }, (_, at) => (at === axis ? taps.length : 1))
  const terms = taps[0].flatMap((_, tap) => {
    const shares = Float32Array.from(taps, (all) => all[tap][1])
    if (shares.every((share) => share === 0)) return []
    const indices = taps.map((all) => all[tap][0])
    const taken = chain.add('tap', { op: 'Gather', inputs: [x], attributes: { axis, indices } })
    const share = source.freshConstant(`${source.name}.share`, tensor('float32', shape, shares))
    return [chain.add('part', { op: 'Mul', inputs: [taken, share], attributes: null })]
  })
  return terms.reduce((sum, term) => chain.add('sum', { op: 'Add', inputs: [sum, term], attributes: null }))
}
