import { OctetError } from '../../src/error.ts'
import type { Range } from '../../src/numerics/qparams.ts'
import { requireFloat32 } from '../../src/tensor/bits.ts'
import { leastL2Bins, type BinRange } from '../../src/calibrate/histogram-l2.ts'

const BINS = 2048
/** Parts that a bin is split into when its count moves to wider bins. */
const PARTS = 16

/**
 * PyTorch's HistogramObserver as it is from version 2.3 on (and in torchao), for results to be compared with its own;
 * the range found by `histogram-l2` is nearly the same and minds neither order nor size of batches, as this one does.
 * 2048 bins from the smallest to the largest value; when that range grows, bins are split in 16 and each part goes
 * where its middle lies. Edges are float32 as there, counts and the search float64. What is not finite is left out.
 */
export class TorchHistogram {
  #counts = new Float64Array(BINS)
  #range: Range | null = null

  /** Takes one batch. @throws OctetError for any other array than a Float32Array. */
  observe(batch: Float32Array): void {
    requireFloat32(batch, 'a batch')
    const finite = batch.filter(Number.isFinite)
    if (finite.length === 0) return
    const before = this.#range
    let { min, max } = before ?? { min: Infinity, max: -Infinity }
    for (const x of finite) {
      if (x < min) min = x
      if (x > max) max = x
    }
    const range = { min: min + 0, max: max + 0 }
    const counts = new Float64Array(BINS)
    for (const x of finite) counts[binOf(x, range)]++
    if (before) moveCounts(this.#counts, before, counts, range)
    this.#counts = counts
    this.#range = range
  }

  /** Counts of the 2048 bins, which may hold sixteenths. A copy. */
  get counts(): Float64Array {
    return this.#counts.slice()
  }

  /**
   * The bins kept at 256 levels (8 bits), and the range they span in float32, 0 not added.
   * @throws OctetError when no finite value was observed.
   */
  search(levels = 256): { readonly bins: BinRange; readonly range: Range } {
    if (this.#range === null) throw new OctetError('no finite value was observed', 'observe a batch first')
    const { min, max } = this.#range
    const bins = min === max ? { first: 0, last: BINS - 1 } : leastL2Bins(this.#counts, levels)
    const width = Math.fround(Math.fround(max - min) / BINS)
    const edge = (bin: number): number => Math.fround(min + Math.fround(width * bin))
    return { bins, range: { min: edge(bins.first), max: edge(bins.last + 1) } }
  }
}

/** torch.histc: `trunc(fl32(fl32(fl32(x - lo) * 2048) / fl32(hi - lo)))`, over [lo - 1, lo + 1] where lo = hi. */
function binOf(x: number, { min, max }: Range): number {
  const [lo, hi] = min === max ? [Math.fround(min - 1), Math.fround(max + 1)] : [min, max]
  const bin = Math.trunc(Math.fround(Math.fround(Math.fround(x - lo) * BINS) / Math.fround(hi - lo)))
  return Math.min(bin, BINS - 1)
}

/** Adds the counts over `from` to those over `to`, which contains it. */
function moveCounts(counts: Float64Array, from: Range, into: Float64Array, to: Range): void {
  if (from.min === to.min && from.max === to.max) {
    for (let bin = 0; bin < BINS; bin++) into[bin] += counts[bin]
    return
  }
  if (from.min === from.max) {
    let total = 0
    for (const count of counts) total += count
    into[binOf(from.min, to)] += total
    return
  }
  const starts = linspace(from, BINS * PARTS)
  const edges = linspace(to, BINS)
  const half = Math.fround(0.5 * Math.fround(Math.fround(from.max - from.min) / (BINS * PARTS)))
  let target = 0
  for (let part = 0; part < BINS * PARTS; part++) {
    const middle = Math.fround(starts[part] + half)
    while (target < BINS - 1 && middle >= edges[target + 1]) target++
    into[target] += counts[Math.floor(part / PARTS)] / PARTS
  }
}

/**
 * torch.linspace with `parts + 1` points in float32: from both ends towards the middle, which belongs to the upper
 * end, multiply and add fused. Each point is computed by itself, as torch does since 2.0 (pull request 89048).
 * Earlier versions added up to 16 steps to every 4th, 8th or 16th point, by the width of the CPU's vectors, so their
 * last bits differ, even between their own CPUs.
 */
function linspace({ min, max }: Range, parts: number): Float32Array {
  const step = Math.fround(Math.fround(max - min) / parts)
  const half = Math.floor((parts + 1) / 2)
  return Float32Array.from({ length: parts + 1 }, (_, i) =>
    i < half ? min + step * i : max - step * (parts - i),
  )
}
