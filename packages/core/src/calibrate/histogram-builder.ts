import type { Range } from '../numerics/qparams.ts'
import {
  BINS,
  emptyOctave,
  FINEST,
  LOG_BINS,
  LOG_OCTAVE_BINS,
  SIDES,
  type Histogram,
  type Octave,
} from './histogram.ts'
import type { NonFiniteCounts } from './observation.ts'

/** The fraction bits of a float32, and the exponent field of a value that is not finite. */
const FRACTION = 23
const NOT_FINITE = 255
/** Subnormals are multiplied by 2^24 before they are counted. The products are normal. */
const LIFT = 24
/** A row for each sign and exponent field of a float32, and the same number of rows for lifted subnormals. */
const FIELDS = 256
const LIFTED = 512
/** The places that first count zeros of either sign, and values whose row has no place yet. */
const ZEROS = [0, 1] as const
const UNPLACED = 2

/**
 * A histogram that is being filled. It counts values by their octave and leading fraction bits: 11 bits in the octave
 * of the largest magnitude, one bit fewer in each octave below, down to 7. Both kinds of bins of a `Histogram` are sums
 * of these counts.
 */
export class HistogramBuilder {
  /** Octave of the largest magnitude: floor(log2). */
  #top = -Infinity
  /**
   * The place of each row: its values are counted at `(bits >>> place) + (place >> 5)`. The low five bits of a place
   * are the shift.
   */
  readonly #places = Int32Array.from({ length: 2 * LIFTED }, (_, row) => closed(row))
  /** Rows are appended when their first value arrives. */
  #counts = new Float64Array(UNPLACED + 1 + BINS)
  #used = UNPLACED + 1
  #added = 0
  readonly #nonFinite = { nan: 0, positiveInfinity: 0, negativeInfinity: 0 }

  constructor() {
    for (const sign of [0, 1] as const) this.#places[sign * FIELDS] = placeOf(sign * FIELDS, 0, ZEROS[sign])
  }

  get nonFinite(): NonFiniteCounts {
    return { ...this.#nonFinite }
  }

  /** The number of finite values so far. */
  get count(): number {
    const { nan, positiveInfinity, negativeInfinity } = this.#nonFinite
    return this.#added - nan - positiveInfinity - negativeInfinity
  }

  /** Counts values and returns the ends of the finite values. Without finite values, min is above max. */
  add(values: Float32Array, bits: Uint32Array, from: number, to: number): Range {
    const places = this.#places
    const counts = this.#counts
    const before = counts[ZEROS[0]] + counts[ZEROS[1]]
    let zeros = 0
    let min = Infinity
    let max = -Infinity
    for (let i = from; i < to; i++) {
      const x = values[i]
      const b = bits[i] | 0
      const place = places[b >>> FRACTION]
      counts[((b >>> place) + (place >> 5)) | 0]++
      zeros += ((b & 0x7fffffff) - 1) >>> 31
      if (x < min) min = x
      if (x > max) max = x
    }
    this.#added += to - from
    // Subnormals have the same exponent field as zeros.
    const subnormals = counts[ZEROS[0]] + counts[ZEROS[1]] - before !== zeros
    if (counts[UNPLACED] > 0 || subnormals) {
      ;({ min, max } = finiteRange(values, from, to))
      this.#raise(Math.max(-min, max))
      if (subnormals) this.#addSubnormals(values, bits, from, to)
      if (this.#counts[UNPLACED] > 0) this.#addUnplaced(bits, from, to)
    }
    return { min, max }
  }

  snapshot(): Histogram {
    const exponent = this.#top === -Infinity ? FINEST : this.#top - LOG_BINS + 1
    const equal = { positive: new Float64Array(BINS), negative: new Float64Array(BINS) }
    const octaves = new Map<number, Octave>()
    for (const row of this.#rows()) {
      const octave = octaveOf(row)
      const side = SIDES[Math.floor(row / FIELDS) % SIDES.length]
      const counts = this.#row(row)
      addEqual(equal[side], counts, octave - exponent)
      if (octave >= exponent + LOG_OCTAVE_BINS) continue
      const known = octaves.get(octave) ?? emptyOctave(octave)
      known[side].set(counts)
      octaves.set(octave, known)
    }
    return {
      exponent,
      positive: trimmed(equal.positive),
      negative: trimmed(equal.negative),
      zeros: this.#counts[ZEROS[0]] + this.#counts[ZEROS[1]],
      octaves: [...octaves.values()].sort((a, b) => a.exponent - b.exponent),
    }
  }

  /** Counts the values whose rows had no place, and the values that are not finite. */
  #addUnplaced(bits: Uint32Array, from: number, to: number): void {
    const before = this.#places.slice(0, LIFTED)
    for (let i = from; i < to; i++) {
      const row = bits[i] >>> FRACTION
      if (before[row] !== closed(row)) continue
      if (row % FIELDS === NOT_FINITE) this.#addNonFinite(bits[i])
      else this.#addTo(row, bits[i])
    }
    this.#counts[UNPLACED] = 0
  }

  #addNonFinite(bits: number): void {
    if ((bits & 0x7fffff) !== 0) this.#nonFinite.nan++
    else if (bits >>> 31 === 0) this.#nonFinite.positiveInfinity++
    else this.#nonFinite.negativeInfinity++
  }

  /** Moves subnormals from the counts of zeros to their own rows. */
  #addSubnormals(values: Float32Array, bits: Uint32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const b = bits[i]
      if ((b & 0x7f800000) !== 0 || (b & 0x7fffffff) === 0) continue
      this.#counts[ZEROS[b >>> 31]]--
      const lifted = bitsOfNumber(values[i] * 2 ** LIFT)
      this.#addTo(LIFTED + (lifted >>> FRACTION), lifted)
    }
  }

  #addTo(row: number, bits: number): void {
    if (this.#places[row] === closed(row)) this.#open(row)
    const place = this.#places[row]
    this.#counts[(bits >>> place) + (place >> 5)]++
  }

  /** Reserves room for the counts of a row. */
  #open(row: number): void {
    const depth = this.#top - octaveOf(row)
    const leading = Math.max(LOG_BINS - 1 - depth, LOG_OCTAVE_BINS)
    this.#places[row] = placeOf(row, leading, this.#used)
    this.#used += 2 ** leading
    if (this.#used <= this.#counts.length) return
    const grown = new Float64Array(Math.max(this.#used, 2 * this.#counts.length))
    grown.set(this.#counts)
    this.#counts = grown
  }

  /** Raises the top to the octave of a magnitude, and joins bins of octaves that are then too fine. */
  #raise(largest: number): void {
    const top = floorLog2(largest)
    if (top <= this.#top) return
    const rows = Array.from(this.#rows(), (row) => [row, this.#row(row)] as const)
    const counts = new Float64Array(this.#counts.length)
    counts.set(this.#counts.subarray(0, UNPLACED + 1))
    this.#counts = counts
    this.#used = UNPLACED + 1
    this.#top = top
    for (const [row, finer] of rows) {
      this.#open(row)
      const joined = this.#row(row)
      const ratio = finer.length / joined.length
      for (let bin = 0; bin < finer.length; bin++) joined[Math.floor(bin / ratio)] += finer[bin]
    }
  }

  /** The rows that have a place, except the rows of zeros. */
  *#rows(): Generator<number> {
    for (const [row, place] of this.#places.entries())
      if (place !== closed(row) && row % FIELDS !== 0) yield row
  }

  /** A view of the counts of a row. */
  #row(row: number): Float64Array {
    const place = this.#places[row]
    const leading = FRACTION - (place & 31)
    const start = (place >> 5) + ((row % LIFTED) << leading)
    return this.#counts.subarray(start, start + 2 ** leading)
  }
}

/** The place of a row that distinguishes `leading` fraction bits and whose counts begin at `start`. */
function placeOf(row: number, leading: number, start: number): number {
  return ((start - ((row % LIFTED) << leading)) << 5) | (FRACTION - leading)
}

/** The place that marks a row without counts: its values are counted as unplaced. */
function closed(row: number): number {
  return placeOf(row, 0, UNPLACED)
}

function octaveOf(row: number): number {
  return (row % FIELDS) - 127 - (row >= LIFTED ? LIFT : 0)
}

/** Adds the counts of an octave to bins of width 1, where the octave begins at 2^octave. */
function addEqual(into: Float64Array, counts: Float64Array, octave: number): void {
  const log = Math.log2(counts.length)
  for (let bin = 0; bin < counts.length; bin++)
    into[octave < 0 ? 0 : (counts.length + bin) >>> (log - octave)] += counts[bin]
}

function finiteRange(values: Float32Array, from: number, to: number): Range {
  let min = Infinity
  let max = -Infinity
  for (let i = from; i < to; i++) {
    const x = values[i]
    if (x < min && x !== -Infinity) min = x
    if (x > max && x !== Infinity) max = x
  }
  return { min, max }
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

function bitsOfNumber(x: number): number {
  scratch[0] = x
  return scratchBits[0]
}

/** Exact, subnormals included, for positive float32; -Infinity for any other. */
function floorLog2(x: number): number {
  if (!(x > 0)) return -Infinity
  const bits = bitsOfNumber(x)
  return bits < 0x800000 ? -118 - Math.clz32(bits) : (bits >>> FRACTION) - 127
}

function trimmed(counts: Float64Array): Float64Array {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1)
}
