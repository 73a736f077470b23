import type { Observation } from '../calibrate/observation.ts'
import { OctetError } from '../error.ts'
import type { Layer, Model } from '../model/layers.ts'
import { isWeighted, weightsOf, type WeightedLayer } from '../model/weights.ts'
import { float16ToNumber, roundToFloat16 } from '../numerics/index.ts'
import { NONE, shareBetween, shareFrom, type Share } from './share.ts'
import { spreadFrom } from './spread.ts'

/** FP16 rounds magnitudes from here on to infinity: 65504, the largest half, plus half a unit. */
const OVERFLOW = 65520
/** The smallest half and the smallest normal half. Between them, a value keeps 10 bits or fewer. */
const SMALLEST = 2 ** -24
const SMALLEST_NORMAL = 2 ** -14
/** The largest error of rounding to half: relative for a normal value, absolute for a smaller value. */
const ROUNDING = 2 ** -11
const STEP = 2 ** -25

/**
 * - `fine`: all values fit.
 * - `overflows`: values become infinite, and the model's output may hold infinities or NaN because of it.
 * - `absorbed`: values become infinite, but a later layer makes finite and right values of them.
 * - `vanishes`: values become zero or lose most of their bits, and the loss matters: see `auditFp16`.
 */
export type Fp16Verdict = 'fine' | 'overflows' | 'absorbed' | 'vanishes'

/** The effect of storing a tensor or a layer's weights as halves. */
export interface Fp16Account {
  readonly subject: 'tensor' | 'weights'
  /** The tensor's name, or the name of the layer that has the weights. */
  readonly name: string
  /** The largest observed magnitude. */
  readonly largest: number
  /** Share of values that become infinite: magnitudes of 65520 or more. */
  readonly overflow: Share
  /** Share of the non-zero values below 2^-24, the smallest half. They become 0 or 2^-24. */
  readonly vanishing: Share
  /** Share of the non-zero values from 2^-24 to 2^-14, where halves have fewer than 11 bits. */
  readonly subnormal: Share
  readonly verdict: Fp16Verdict
  /** The layers that absorb the overflow: nothing of it remains behind them. */
  readonly absorbedBy: readonly string[]
  /** The verdict as a sentence. */
  readonly words: string
}

/**
 * Finds the values that FP16 would overflow or lose before a model is shipped, from FP32 observations and weights. The
 * audit assumes float32 sums and float32 biases. So only stored values count, such as a tensor behind its fused
 * activation.
 *
 * All small values are counted. They matter only if their absolute error, up to 2^-25 each, is larger than the rounding
 * error of the tensor's largest value, or, summed up by the weights of a layer that reads the tensor, larger than the
 * rounding error of that layer's output. Shares come from histograms and are therefore intervals.
 * @throws OctetError if a tensor was not observed.
 */
export function auditFp16(model: Model, observations: ReadonlyMap<string, Observation>): Fp16Account[] {
  const observationOf = (name: string): Observation => {
    const observation = observations.get(name)
    if (observation === undefined)
      throw new OctetError(
        `tensor "${name}" was not seen during calibration`,
        'observe the model that is audited',
      )
    return observation
  }
  const largestOf = (name: string): number => largestIn(observationOf(name))
  const accounts = model.graph.inputs.map(({ name }) => auditTensor(model, observationOf(name), largestOf))
  for (const layer of model.layers) {
    if (isWeighted(layer)) accounts.push(auditWeights(model, layer, largestOf))
    accounts.push(auditTensor(model, observationOf(layer.output), largestOf))
  }
  return accounts
}

function auditTensor(
  model: Model,
  observation: Observation,
  largestOf: (tensor: string) => number,
): Fp16Account {
  const { tensor: name, nonFinite } = observation
  const positive = shareFrom(observation, 'positive', OVERFLOW)
  const negative = shareFrom(observation, 'negative', OVERFLOW)
  const overflow = { least: positive.least + negative.least, most: positive.most + negative.most }
  const account = {
    subject: 'tensor',
    name,
    largest: largestIn(observation),
    overflow,
    vanishing: shareBetween(observation, 0, SMALLEST),
    subnormal: shareBetween(observation, SMALLEST, SMALLEST_NORMAL),
  } as const
  const taint = {
    plus: positive.most > 0 || nonFinite.positiveInfinity > 0,
    minus: negative.most > 0 || nonFinite.negativeInfinity > 0,
    nan: nonFinite.nan > 0,
  }
  if (taint.plus || taint.minus || taint.nan) {
    const { reachesOutput, absorbedBy } = spreadFrom(model, name, taint)
    const what =
      `"${name}" reaches ${show(account.largest)}: ${percent(overflow)} of its values become infinite ` +
      'in FP16'
    return reachesOutput
      ? { ...account, verdict: 'overflows', absorbedBy, words: `${what}, and the output with them` }
      : { ...account, verdict: 'absorbed', absorbedBy, words: `${what}, which ${list(absorbedBy)} hides` }
  }
  const victim = victimOf(model, name, account.largest, largestOf)
  if (victim === undefined || account.vanishing.most + account.subnormal.most === 0)
    return { ...account, verdict: 'fine', absorbedBy: [], words: `"${name}" fits FP16` }
  const small = {
    least: account.vanishing.least + account.subnormal.least,
    most: account.vanishing.most + account.subnormal.most,
  }
  return {
    ...account,
    verdict: 'vanishes',
    absorbedBy: [],
    words:
      `"${name}" holds small values that FP16 loses: ${percent(account.vanishing)} of those that are ` +
      `not zero vanish, ${percent(small)} are below 2^-14, and ${victim} needs them`,
  }
}

/** The part that absolute errors of 2^-25 in a tensor harm more than FP16's rounding does, as a phrase. */
function victimOf(
  model: Model,
  name: string,
  largest: number,
  largestOf: (tensor: string) => number,
): string | undefined {
  if (largest > 0 && STEP > ROUNDING * largest) return 'all of it'
  const reader = model.layers.find((layer): layer is WeightedLayer => {
    if (layer.inputs[0] !== name || !isWeighted(layer)) return false
    const gain = largestBy(rows(model, layer), magnitudeOf)
    return STEP * gain > ROUNDING * largestOf(layer.output)
  })
  return reader && describe(reader)
}

function auditWeights(
  model: Model,
  layer: WeightedLayer,
  largestOf: (tensor: string) => number,
): Fp16Account {
  const { data } = weightsOf(model, layer).weight
  let [others, overflow, vanishing, subnormal, largest] = [0, 0, 0, 0, 0]
  for (const w of data) {
    const magnitude = Math.abs(w)
    largest = Math.max(largest, magnitude)
    if (magnitude === 0) continue
    others++
    if (magnitude >= OVERFLOW) overflow++
    else if (magnitude < SMALLEST) vanishing++
    else if (magnitude < SMALLEST_NORMAL) subnormal++
  }
  const exact = (count: number, among: number): Share =>
    count === 0 ? NONE : { least: count / among, most: count / among }
  const account = {
    subject: 'weights',
    name: layer.name,
    largest,
    overflow: exact(overflow, data.length),
    vanishing: exact(vanishing, others),
    subnormal: exact(subnormal, others),
    absorbedBy: [],
  } as const
  const whose = `weights of ${describe(layer)}`
  if (account.overflow.most > 0)
    return {
      ...account,
      verdict: 'overflows',
      words: `${whose} reach ${show(account.largest)}: ${percent(account.overflow)} become infinite in FP16`,
    }
  // For each output: the change from rounding small weights, against the change from rounding the output itself.
  const change = largestBy(rows(model, layer), lostBelowNormal) * largestOf(layer.inputs[0])
  return change > ROUNDING * largestOf(layer.output)
    ? {
        ...account,
        verdict: 'vanishes',
        words:
          `${whose} are too small for FP16: ${percent(account.vanishing)} of those that are not zero ` +
          `vanish, ${percent(account.subnormal)} lose bits, and its output needs them`,
      }
    : { ...account, verdict: 'fine', words: `${whose} fit FP16` }
}

/** The largest figure of some rows, 0 at least. */
function largestBy(all: readonly Float32Array[], figure: (row: Float32Array) => number): number {
  return all.reduce((largest, row) => Math.max(largest, figure(row)), 0)
}

function rows(model: Model, layer: WeightedLayer): Float32Array[] {
  const { weight } = weightsOf(model, layer)
  const inner = weight.data.length / weight.shape[0]
  return Array.from({ length: weight.shape[0] }, (_, m) => weight.data.subarray(m * inner, (m + 1) * inner))
}

/** Σ |w|. */
function magnitudeOf(row: Float32Array): number {
  let sum = 0
  for (const w of row) sum += Math.abs(w)
  return sum
}

/** Σ |w - half(w)| over the weights below 2^-14. */
function lostBelowNormal(row: Float32Array): number {
  let sum = 0
  for (const w of row)
    if (Math.abs(w) < SMALLEST_NORMAL) sum += Math.abs(w - float16ToNumber(roundToFloat16(w)))
  return sum
}

function largestIn({ range }: Observation): number {
  return range === null ? 0 : Math.max(-range.min, range.max)
}

function describe({ node, name }: Layer): string {
  return `${node.op} "${name}"`
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no reader' : names.map((name) => `"${name}"`).join(' and ')
}

function show(value: number): string {
  return value.toPrecision(4)
}

function percent({ least, most }: Share): string {
  const one = (share: number): string =>
    `${share < 0.1 ? (100 * share).toPrecision(2) : Math.round(100 * share)}%`
  if (most - least < 0.005 * most) return one(most)
  return least === 0 ? `up to ${one(most)}` : `${one(least)} to ${one(most)}`
}
