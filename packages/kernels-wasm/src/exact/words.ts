import { elements, fromFloat16, type Tensor } from '@octet/core'
import type { Heap } from '../memory/heap.ts'
import type { Shelf } from '../memory/shelf.ts'
import type { Call } from '../ops/op.ts'
import { suffixOf } from '../ops/op.ts'
import { windowWords } from '../ops/window.ts'
import type { Job } from './job.ts'

/** Positions of a panel, and rows of a register tile: those of assembly/ops/exact-product.ts. */
const PANEL = 4
const ROWS = 5
/** Where panels begin in working memory. */
const SUMS_BYTES = 160
/** Panels of a tile stay in the second-level cache, and leave some of it to the weights. */
const PANELS_BYTES = 256 * 1024
/** Tiles a thread has at least, where there is so much work: threads then end together. */
const TILES = 4
/** Products a cycle, about. */
const RATE = 2

/** What a job computes with: its call for so many images, and bytes of working memory of each thread. */
export interface Ready {
  readonly call: (images: number) => Omit<Call, 'a' | 'b'>
  readonly scratchBytes: number
}

/** Puts a job's numbers into memory; `overflow` is the address of the word that tells of sums past int32. */
export function ready(job: Job, heap: Heap, shelf: Shelf, threads: number, overflow: number): Ready {
  const { kernel, groups, channels, outputs, window, image, steps } = job
  const all = groups * outputs
  const k = channels * window.kernel[0] * window.kernel[1]
  const positions = image[2] * image[3]
  const suffix = suffixOf(job.x.dtype)
  const fitting = Math.max(1, Math.floor(PANELS_BYTES / (8 * k * PANEL)))
  const each = Math.min(fitting, Math.ceil(positions / PANEL)) * PANEL
  const address = weightsAt(job, heap, shelf, all)
  const biases = Float64Array.from({ length: all }, (_, output) => job.bias?.[output] ?? 0)
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
      kernel: `${kernel}${suffix}`,
      tiles:
        kernel === 'exactDepthwise' ? images * all : images * groups * across * Math.ceil(outputs / rows),
      constants: shelf.put(Int32Array.from(words)),
      cycles: (images * all * positions * k) / RATE,
    }
  }
  return { call, scratchBytes: SUMS_BYTES + each * k * 8 }
}

/** Weights in float64, less their zero points. */
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
