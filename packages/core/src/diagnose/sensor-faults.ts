import type { Normalizer } from '../model/normalizer.ts'
import { reachFrom, summaryOf, type ChannelPair, type ChannelSummary } from './channel.ts'
import { DIAGNOSE_THRESHOLDS, type CalibrationFinding, type FindingId } from './finding.ts'
import { normalizedTwice } from './normalized-twice.ts'
import type { SensorObservation } from './sensor.ts'

/**
 * Finds faults of sensors and of preprocessing: compares raw calibration samples with raw evaluation samples, channel
 * by channel. Without evaluation samples, it finds only the faults that calibration samples show by themselves. A
 * finding covers all channels that share it and names the worst channel.
 */
export function sensorFaults(
  calibration: SensorObservation,
  evaluation: SensorObservation | null,
  normalizer: Normalizer,
): CalibrationFinding[] {
  const channels = calibration.channels.map((channel, at): ChannelPair => {
    const other = evaluation?.channels[at]
    return {
      at,
      all: channel.readings,
      seen: summaryOf(channel),
      other: other === undefined ? null : summaryOf(other),
      offset: entry(normalizer.offset, at),
      scale: entry(normalizer.scale, at),
    }
  })
  const twice = normalizedTwice(channels)
  if (twice !== null) return [twice]
  const changes = channels.map((channel) => changeOf(channel))
  const gain = sharedCause(changes)
  const suspects = channels.map((channel, at) => {
    const change = changes[at]
    const cause = change && ((gain ?? isGain(change)) ? gainOf(change) : offsetOf(change))
    return (
      dead(channel, calibration.samples) ??
      // A change in most channels is a gain or an offset. A change in a few channels is a fault of their sensors.
      (gain === null || !cause ? (outlier(channel) ?? loneOutlier(channel)) : null) ??
      cause
    )
  })
  const findings: CalibrationFinding[] = []
  for (const id of ['dead-channel', 'outlier-sensor', 'sensor-gain', 'sensor-offset'] as const) {
    const found = suspects.filter((suspect): suspect is Suspicion => suspect?.id === id)
    if (found.length > 0) findings.push(findingFrom(found, channels.length))
  }
  return findings
}

interface Suspicion {
  readonly id: Exclude<FindingId, 'normalized-twice'>
  readonly at: number
  readonly value: number
  readonly threshold: number
  /** Orders suspicions of one kind; the largest is reported. */
  readonly weight: number
  readonly verdict: string
}

function entry(values: Float32Array, at: number): number {
  return values[values.length === 1 ? 0 : at]
}

function findingFrom(found: readonly Suspicion[], channels: number): CalibrationFinding {
  let worst = found[0]
  for (const one of found) if (one.weight > worst.weight) worst = one
  const others = found.length === 1 ? '' : ` (${found.length} of ${channels} channels alike)`
  return {
    id: worst.id,
    severity: 'fault',
    tensor: null,
    value: worst.value,
    threshold: worst.threshold,
    verdict: `channel ${worst.at}${others} ${worst.verdict}`,
  }
}

/**
 * The channel is constant, or nearly so, in the calibration samples, where a living channel would have shown a change.
 */
function dead({ at, seen, other }: ChannelPair, samples: number): Suspicion | null {
  if (seen === null || other === null || other.spread === 0) return null
  const share = seen.spread / other.spread
  const active = other.readings.filter(
    ({ variance, mean }) => variance > 0 || mean !== other.readings[0].mean,
  )
  const chance = (1 - active.length / other.readings.length) ** samples
  if (share >= DIAGNOSE_THRESHOLDS.deadSpread || chance >= DIAGNOSE_THRESHOLDS.deadChance) return null
  return {
    id: 'dead-channel',
    at,
    value: share,
    threshold: DIAGNOSE_THRESHOLDS.deadSpread,
    weight: -share,
    verdict:
      `stays at ${show(seen.mean)} in the calibration samples and moves in the evaluation samples: look ` +
      'at the sensor or its wiring, and record calibration samples again',
  }
}

/** The channel reaches much further than in the evaluation samples, which are enough samples and are not constant. */
function outlier({ at, seen, other }: ChannelPair): Suspicion | null {
  if (seen === null || other === null || tooFew(other)) return null
  const reach = reachFrom(seen, other.mean) / reachFrom(other, other.mean)
  if (!(reach > DIAGNOSE_THRESHOLDS.reach)) return null
  return outlierAt(at, reach, DIAGNOSE_THRESHOLDS.reach, seen, 'than in the evaluation samples')
}

/** At most one sample in a hundred reaches much further than all the others. */
function loneOutlier({ at, seen, all }: ChannelPair): Suspicion | null {
  if (seen === null || all.length < DIAGNOSE_THRESHOLDS.readings) return null
  const reaches = all.map((reading) => reachFrom(reading, seen.mean)).sort((a, b) => b - a)
  const reach = reachFrom(seen, seen.mean) / reaches[Math.ceil(reaches.length / 100)]
  if (!(reach > DIAGNOSE_THRESHOLDS.loneReach)) return null
  return outlierAt(
    at,
    reach,
    DIAGNOSE_THRESHOLDS.loneReach,
    seen,
    'in one sample of a hundred than in the others',
  )
}

function outlierAt(
  at: number,
  reach: number,
  threshold: number,
  { min, max }: ChannelSummary,
  where: string,
): Suspicion {
  return {
    id: 'outlier-sensor',
    at,
    value: reach,
    threshold,
    weight: reach,
    verdict:
      `reaches ${show(reach)} times as far in calibration, to [${show(min)}, ${show(max)}], ${where}: ` +
      'remove the outlying readings, they coarsen the scale of all others',
  }
}

/**
 * A channel whose mean or spread differs, and the misfit of a gain and of an offset as its cause, in squared standard
 * errors.
 */
interface Change {
  readonly at: number
  readonly ratio: number
  readonly shift: number
  readonly shiftInSpreads: number
  readonly stretched: boolean
  readonly shifted: boolean
  readonly misfitOfGain: number
  readonly misfitOfOffset: number
}

/**
 * A gain multiplies the spread, and the mean's distance from the sensor's zero. That zero is 0 or the normalizer's
 * offset. An offset does not change the spread.
 */
function changeOf({ at, seen, other, offset }: ChannelPair): Change | null {
  if (seen === null || other === null || tooFew(seen) || tooFew(other)) return null
  const ratio = seen.spread / other.spread
  const stretch = Math.log(ratio)
  const stretchError = Math.hypot(seen.logSpreadError, other.logSpreadError)
  const shift = seen.mean - other.mean
  const shiftError = Math.hypot(seen.meanError, other.meanError) / other.spread
  const shiftInSpreads = shift / other.spread
  const stretched = stands(stretch, DIAGNOSE_THRESHOLDS.gain, stretchError)
  const shifted = stands(shiftInSpreads, DIAGNOSE_THRESHOLDS.offset, shiftError)
  if (!stretched && !shifted) return null
  const misfits = [0, offset].map((zero) => {
    const expected = ratio * (other.mean - zero)
    const error = Math.hypot(seen.meanError, ratio * other.meanError, expected * stretchError)
    return ((seen.mean - zero - expected) / error) ** 2
  })
  return {
    at,
    ratio,
    shift,
    shiftInSpreads,
    stretched,
    shifted,
    misfitOfGain: shifted ? Math.min(...misfits) : 0,
    misfitOfOffset: (stretch / stretchError) ** 2,
  }
}

/** Whether most channels changed by a gain together (true) or by an offset (false); null when most did not change. */
function sharedCause(changes: readonly (Change | null)[]): boolean | null {
  const changed = changes.filter((change): change is Change => change !== null)
  if (changed.length <= DIAGNOSE_THRESHOLDS.channels * changes.length) return null
  const sum = (misfit: (change: Change) => number): number =>
    changed.reduce((total, change) => total + Math.min(misfit(change), MOST_MISFIT), 0)
  return sum((change) => change.misfitOfGain) < sum((change) => change.misfitOfOffset)
}

/** Limits the misfit of one channel, so that no channel outvotes ten others. */
const MOST_MISFIT = 100

/**
 * If the spread does not decide, a mean that moves with it by chance must not decide either. An offset is the simpler
 * cause.
 */
function isGain({ stretched, misfitOfGain, misfitOfOffset }: Change): boolean {
  return misfitOfGain + (stretched ? 0 : DIAGNOSE_THRESHOLDS.standardErrors) < misfitOfOffset
}

function gainOf({ at, ratio }: Change): Suspicion {
  return {
    id: 'sensor-gain',
    at,
    value: Math.log(ratio),
    threshold: DIAGNOSE_THRESHOLDS.gain,
    weight: Math.abs(Math.log(ratio)),
    verdict:
      `has ${show(ratio)} times the spread in the calibration samples that it has in the evaluation ` +
      'samples: make sure that both come from the same sensor at the same gain',
  }
}

function offsetOf({ at, shift, shiftInSpreads }: Change): Suspicion {
  return {
    id: 'sensor-offset',
    at,
    value: shiftInSpreads,
    threshold: DIAGNOSE_THRESHOLDS.offset,
    weight: Math.abs(shiftInSpreads),
    verdict:
      `lies ${show(shift)} (${show(shiftInSpreads)} standard deviations) off in the calibration samples ` +
      'from where it lies in the evaluation samples: make sure that both come from the same sensor with ' +
      'the same zero',
  }
}

/** The readings are too few to know their variation, or there is no spread to compare. */
function tooFew({ readings, spread }: ChannelSummary): boolean {
  return readings.length < DIAGNOSE_THRESHOLDS.readings || spread === 0
}

function stands(value: number, threshold: number, standardError: number): boolean {
  return Math.abs(value) > Math.max(threshold, DIAGNOSE_THRESHOLDS.standardErrors * standardError)
}

function show(value: number): string {
  return Number(value.toPrecision(3)).toString()
}
