import type { Precision } from '@octet/core'
import * as v from 'valibot'
import { type Ratio, RatioSchema } from './cell.ts'
import { interval, type Interval, positive, text } from './field.ts'

/** Another project's kernel, timed in the same rounds. */
export interface Peer {
  readonly name: string
  readonly precision: string
  /** The peer's time over ours: > 1, ours is faster. */
  readonly ratio: number
  readonly ci95: Interval
  readonly note?: string
}

/** One op of a kernel package over one shape, timed by itself. */
export interface KernelResult {
  readonly package: string
  readonly op: string
  readonly precision: Precision
  /** The shape's name and sizes, e.g. `gemm 256x256x256`. */
  readonly shape: string
  readonly adapter: string
  /** How the device computes this precision, in its own words. */
  readonly variant: string
  /** Median rate in 10^9 multiply and add operations a second (a MAC is two). */
  readonly gops: number
  /** Median rate of bytes that must move (inputs, weights, output, once each), in 10^9 a second. */
  readonly gbps: number
  /** Device time of one run, in ns: one figure per round. */
  readonly samples: readonly number[]
  /** Absent on FP32 itself and where the package has no FP32 kernel for this shape. */
  readonly vsFp32?: Ratio
  readonly peers: readonly Peer[]
}

const PeerSchema: v.GenericSchema<Peer> = v.object({
  name: text,
  precision: text,
  ratio: positive,
  ci95: interval,
  note: v.exactOptional(text),
})

export const KernelResultSchema: v.GenericSchema<KernelResult> = v.object({
  package: text,
  op: text,
  precision: v.picklist(['fp32', 'fp16', 'int8']),
  shape: text,
  adapter: text,
  variant: v.string(),
  gops: positive,
  gbps: positive,
  samples: v.pipe(v.array(positive), v.minLength(1)),
  vsFp32: v.exactOptional(RatioSchema),
  peers: v.array(PeerSchema),
})
