import type { ChannelPair, ChannelSummary } from './channel.ts'
import { DIAGNOSE_THRESHOLDS, type CalibrationFinding } from './finding.ts'

/**
 * Finds a set of samples that was normalized before the model normalizes it. In most of its channels, the values look
 * like the other set's values after the model's normalizer, or have the size of normalized values while the other set's
 * have not. A set by itself is reported if its values have that size and the normalizer is made for very different
 * values. An input that no normalizer changes cannot be told from an input that was normalized.
 */
export function normalizedTwice(channels: readonly ChannelPair[]): CalibrationFinding | null {
  const alive = channels.filter(({ seen, other }) => seen !== null && seen.spread > 0 && other?.spread !== 0)
  if (alive.length === 0) return null
  const shareOf = (holds: (pair: ChannelPair) => boolean): number => alive.filter(holds).length / alive.length
  const calibration = Math.max(
    shareOf((pair) => already(pair, pair.seen, pair.other)),
    shareOf(isUnfit),
  )
  const evaluation = shareOf((pair) => already(pair, pair.other, pair.seen))
  const value = Math.max(calibration, evaluation)
  if (value <= DIAGNOSE_THRESHOLDS.channels) return null
  const which = evaluation > calibration ? 'evaluation' : 'calibration'
  const how =
    alive.length === 1
      ? 'their one channel does'
      : `${Math.round(value * alive.length)} of ${alive.length} channels do`
  return {
    id: 'normalized-twice',
    severity: 'fault',
    tensor: null,
    value,
    threshold: DIAGNOSE_THRESHOLDS.channels,
    verdict:
      `the ${which} samples look as if they had been normalized already, before the model's own ` +
      `normalizer (${how}): give raw samples, or take the normalizer out`,
  }
}

const SMALL = DIAGNOSE_THRESHOLDS.normalizedSpread
const LARGE = 1 / DIAGNOSE_THRESHOLDS.normalizedSpread

/** Whether `is` looks normalized next to `raw`. */
function already(pair: ChannelPair, is: ChannelSummary | null, raw: ChannelSummary | null): boolean {
  if (is === null || raw === null) return false
  return isMapped(pair, raw, is) || (is.spread < SMALL * raw.spread && isOrdinary(is) && !isOrdinary(raw))
}

/** Whether `to` equals `from` after normalization, and normalization changes `from`. */
function isMapped({ offset, scale }: ChannelPair, from: ChannelSummary, to: ChannelSummary): boolean {
  const near = (mean: number, spread: number): boolean =>
    Math.abs(Math.log(to.spread / spread)) < DIAGNOSE_THRESHOLDS.gain &&
    Math.abs(to.mean - mean) <
      DIAGNOSE_THRESHOLDS.offset * spread + DIAGNOSE_THRESHOLDS.standardErrors * to.meanError
  return near((from.mean - offset) * scale, from.spread * scale) && !near(from.mean, from.spread)
}

/**
 * Whether the values have the size of normalized values, and this normalizer would nearly wipe them out or blow them
 * up.
 */
function isUnfit({ seen, other, scale }: ChannelPair): boolean {
  return [seen, other].every((summary) => {
    if (summary === null) return true
    const after = summary.spread * scale
    return isOrdinary(summary) && (after < SMALL || after > LARGE)
  })
}

/** Whether the values have the size of normalized values. */
function isOrdinary({ mean, spread }: ChannelSummary): boolean {
  return spread > SMALL && spread < LARGE && Math.abs(mean) < LARGE
}
