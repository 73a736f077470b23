import { channelPastInt32, elements, fromFloat16, type Tensor } from '@octet/core'
import type { Heap } from '../memory/heap.ts'
import type { Shelf } from '../memory/shelf.ts'
import type { Call } from '../ops/op.ts'
import { suffixOf } from '../ops/op.ts'
import { windowWords } from '../ops/window.ts'
import type { Job } from './job.ts'

/** Rows of a register tile, as in assembly/ops/exact-product.ts and exact-pairs.ts. */
const ROWS = 5
/** The working memory of sums, which lies before lines and panels. */
const SUMS_BYTES = 160
/** Panels of a tile fit in the second-level cache, and leave room in it for weights. */
const PANELS_BYTES = 256 * 1024
/** The fewest tiles per thread, if there is enough work, so that threads end together. */
const TILES = 4

/** The forms of sums: the positions of a panel, the bytes of its numbers, and the approximate products per cycle. */
const FORMS = {
  /** float64: any float, and integers whose sums may exceed int32. */
  wide: { panel: 4, bytes: 8, rate: 2, lines: 0 },
  /** int16, two at a time, with two lines of them besides the panels. */
  pairs: { panel: 8, bytes: 2, rate: 10, lines: 2 },
} as const

/** The inputs of a job: its call for a number of images, and each thread's bytes of working memory. */
export interface Ready {
  readonly call: (images: number) => Omit<Call, 'a' | 'b'>
  readonly scratchBytes: number
}

/** Puts a job's numbers into memory. `overflow` is the address of the word that reports sums beyond int32. */
export function ready(job: Job, heap: Heap, shelf: Shelf, threads: number, overflow: number): Ready {
  const { kernel, groups, channels, outputs, window, image, steps } = job
  const all = groups * outputs
  const k = channels * window.kernel[0] * window.kernel[1]
  const positions = image[2] * image[3]
  const isPairs = hasRoom(job)
  const { panel, bytes, rate, lines } = FORMS[isPairs ? 'pairs' : 'wide']
  const panelBytes = bytes * (isPairs ? k + (k % 2) : k) * panel
  const fitting = Math.max(1, Math.floor(PANELS_BYTES / panelBytes))
  const panels = Math.min(fitting, Math.ceil(positions / panel))
  const each = panels * panel
  const address = isPairs ? pairsAt(job, heap, shelf, all) : weightsAt(job, heap, shelf, all)
  const biases = new (isPairs ? Int32Array : Float64Array)(all)
  if (job.bias !== undefined) biases.set(job.bias)
  const bias = shelf.put(biases)
  const { multiplier: by } = job
  const multiplier = shelf.put(Float32Array.from({ length: all }, (_, i) => by[by.length > 1 ? i : 0] ?? 0))
  const call = (images: number): Omit<Call, 'a' | 'b'> => {
    const across = Math.ceil(positions / each)
    const wanted = Math.ceil((TILES * threads) / (images * groups * across))
    const rows = Math.ceil(outputs / Math.min(wanted, Math.ceil(outputs / ROWS)) / ROWS) * ROWS
    const words = [
      ...windowWords(job.target, image, window),
      address,
      bias,
      multiplier,
      job.inputZeroPoint,
      overflow,
      groups,
      channels,
      outputs,
      k,
      positions,
      ...steps,
      each,
      rows,
    ]
    return {
      kernel: isPairs ? 'exactPairsInt8' : `${kernel}${suffixOf(job.x.dtype)}`,
      tiles:
        kernel === 'exactDepthwise' ? images * all : images * groups * across * Math.ceil(outputs / rows),
      constants: shelf.put(Int32Array.from(words)),
      cycles: (images * all * positions * k) / rate,
    }
  }
  return { call, scratchBytes: SUMS_BYTES + lines * bytes * (each + panel) + panels * panelBytes }
}

/** Whether all sums of an integer product, including biases, fit in int32 for every possible x. */
function hasRoom({
  kernel,
  x,
  inputZeroPoint,
  weights,
  weightZeroPoints,
  bias,
  groups,
  outputs,
}: Job): boolean {
  if (kernel !== 'exactProduct' || x.dtype !== 'int8') return false
  const reach = Math.max(inputZeroPoint + 128, 127 - inputZeroPoint)
  const biases = bias ?? new Int32Array(groups * outputs)
  return channelPastInt32(weights.data as Int8Array, weightZeroPoints, biases, reach) < 0
}

/** int8 weights minus their zero points as int16, in rows of whole pairs. */
function pairsAt({ weights, weightZeroPoints }: Job, heap: Heap, shelf: Shelf, outputs: number): number {
  const data = weights.data as Int8Array
  const k = data.length / outputs
  const row = k + (k % 2)
  const address = shelf.reserve(2 * row * outputs)
  const pairs = new Int16Array(heap.memory.buffer, address, row * outputs)
  for (let output = 0; output < outputs; output++) {
    const zeroPoint = weightZeroPoints[weightZeroPoints.length > 1 ? output : 0]
    const [from, to] = [output * k, output * row]
    for (let i = 0; i < k; i++) pairs[to + i] = data[from + i] - zeroPoint
    if (row > k) pairs[to + k] = 0
  }
  return address
}

/** Weights minus their zero points, in float64. */
function weightsAt({ weights, weightZeroPoints }: Job, heap: Heap, shelf: Shelf, outputs: number): number {
  const count = elements(weights.shape)
  const address = shelf.reserve(8 * count)
  const wide = new Float64Array(heap.memory.buffer, address, count)
  wide.set(numbersOf(weights))
  const each = count / outputs
  const many = weightZeroPoints.length > 1
  for (let output = 0; output < outputs; output++) {
    const zeroPoint = weightZeroPoints[many ? output : 0]
    if (zeroPoint === 0) continue
    for (let i = output * each; i < (output + 1) * each; i++) wide[i] -= zeroPoint
  }
  return address
}

function numbersOf({ dtype, data }: Tensor): ArrayLike<number> {
  return dtype === 'float16' ? fromFloat16(data as Uint16Array) : data
}
