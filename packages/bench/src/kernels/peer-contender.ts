import { pairedRatio } from '@octet/core/statistics'
import { type Peer } from '@octet/results'
import { largestOf, mismatchOf } from '../peers/mismatch.ts'
import type { PeerFormat, PeerWork } from '../peers/protocol.ts'
import type { PeerEntry } from '../peers/team.ts'

/**
 * The largest difference of an output from ours, as a share of the largest value. It is wide enough for the rounding of
 * a format and too narrow for another op.
 */
const TOLERANCE: { readonly [F in PeerFormat]: number } = { f32: 1e-4, f16: 1e-2, w8: 1e-2, u8s8: 2e-2 }

/** With longer turns, the rounds of one shape would take minutes. */
const LONGEST_TURN_NS = 2e9

/** A peer's op with the same result as Octet's. */
export interface PeerContender {
  /** The time of a turn, in ns. */
  readonly turnNs: number
  /** Times one turn. */
  run(): Promise<void>
  /** Its time over our time, from the same rounds. */
  against(ours: readonly number[]): Peer
  free(): Promise<void>
}

/**
 * Lets a peer prepare an op, and compares its output with the expected output.
 * @throws Error with the peer's reason, or with the difference.
 */
export async function admit(
  { process, format, name, called, where }: PeerEntry,
  work: PeerWork,
  expected: Float32Array,
  regionNs: number,
): Promise<PeerContender> {
  const { op, output } = await process.ask({ ask: 'prepare', work, format })
  const free = async (): Promise<void> => void (await process.ask({ ask: 'free', op }))
  try {
    const wrong = faultIn(output, expected, format, work.outputScale)
    if (wrong !== undefined) throw new Error(wrong)
    const { turnNs } = await process.ask({ ask: 'fill', op, regionNs })
    if (turnNs > LONGEST_TURN_NS)
      throw new Error(`one takes ${(turnNs / 1e9).toFixed(1)} s, too long to repeat`)
    /** ns of one copy, one figure per round. */
    const samples: number[] = []
    return {
      turnNs,
      run: async () => void samples.push((await process.ask({ ask: 'time', op })).ns),
      against: (ours) => ({ name, precision: called, ...pairedRatio(samples, ours), note: where }),
      free,
    }
  } catch (error) {
    await free()
    throw error
  }
}

/**
 * How an output differs from the expected output, or undefined. Values beyond the range of 8 bits count as the nearest
 * end.
 */
function faultIn(
  output: Float32Array,
  expected: Float32Array,
  format: PeerFormat,
  outputScale: number,
): string | undefined {
  const share = TOLERANCE[format] * largestOf(expected)
  if (format !== 'u8s8') return mismatchOf(output, expected, share)
  const [lo, hi] = [-128 * outputScale, 127 * outputScale]
  const held = expected.map((value) => Math.min(hi, Math.max(lo, value)))
  return mismatchOf(output, held, share + outputScale / 2)
}
