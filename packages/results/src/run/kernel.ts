import type { Peak, Precision } from '@octet/core'
import type { Interval, Ratio } from '@octet/core/statistics'
import * as v from 'valibot'
import { RatioSchema } from './cell.ts'
import { interval, positive, text, words } from './field.ts'

/** Another project's kernel, timed in the same rounds. */
export interface Peer {
  readonly name: string
  readonly precision: string
  /** The peer's time over ours: > 1, ours is faster. */
  readonly ratio: number
  readonly ci95: Interval
  /** Where the peer ran, and what else to know of it. */
  readonly note?: string
}

/** One op of a kernel package over one shape. */
interface KernelSubject {
  readonly package: string
  readonly adapter: string
  readonly op: string
  readonly precision: Precision
  /** Bits of a weight where they are not those of the precision: 4 bits under int8 activations. */
  readonly weightBits?: 4
  /** The shape's kind and sizes, e.g. `gemm 256x256x256`. */
  readonly shape: string
}

/** A kernel timed by itself. Optional fields are absent from runs of before they were kept. */
export interface KernelResult extends KernelSubject {
  /** Models that have a layer of this shape. */
  readonly models?: readonly string[]
  /**
   * Which of the device's variants it is; where it has but one, how the device computes this precision, in its own
   * words.
   */
  readonly variant: string
  /** Whether this is the variant that the device picks by itself. */
  readonly picked?: boolean
  /** Median rate in 10^9 multiply and add operations a second (a MAC is two). */
  readonly gops: number
  /** Median rate of bytes that must move (inputs, weights, output, once each), in 10^9 a second. */
  readonly gbps: number
  /** Device time of one run, in ns: one figure per round. */
  readonly samples: readonly number[]
  /** Whose clock the samples are read from. */
  readonly clock?: Peak['clock']
  /** Wall time of the first run after it was prepared, in ns: with whatever the driver compiles at first use. */
  readonly firstDispatchNs?: number
  /** The rate as a share of the device's measured peak in the unit that this kernel is bound to. */
  readonly ofPeak?: { readonly unit: Peak['unit']; readonly share: number }
  /** Absent on FP32 itself and where the package has no FP32 kernel for this shape. */
  readonly vsFp32?: Ratio
  readonly peers: readonly Peer[]
  /**
   * Time of a reference kernel after the peers' rounds over its time before them: how far the machine's clock
   * drifted.
   */
  readonly drift?: number
}

/** A kernel that was not timed, or was not compared with a peer, and why. */
export interface NotTimed extends KernelSubject {
  readonly variant?: string
  /** Given: the peer that it was not compared with. */
  readonly peer?: { readonly name: string; readonly precision: string }
  readonly reason: string
}

/** The most that micro-kernels reach on a device. */
export interface DevicePeak extends Peak {
  readonly package: string
  readonly adapter: string
}

const PeerSchema: v.GenericSchema<Peer> = v.object({
  name: text,
  precision: text,
  ratio: positive,
  ci95: interval,
  note: v.exactOptional(text),
})

const unit = v.picklist(['f32', 'f16', 'dot4', 'subgroup-matrix f16', 'subgroup-matrix int8', 'copy'])
const clock = v.picklist(['gpu', 'wall'])

const subject = {
  package: text,
  adapter: text,
  op: text,
  precision: v.picklist(['fp32', 'fp16', 'int8']),
  weightBits: v.exactOptional(v.literal(4)),
  shape: text,
}

export const KernelResultSchema: v.GenericSchema<KernelResult> = v.object({
  ...subject,
  models: v.exactOptional(v.array(text)),
  variant: words,
  picked: v.exactOptional(v.boolean()),
  gops: positive,
  gbps: positive,
  samples: v.pipe(v.array(positive), v.minLength(1)),
  clock: v.exactOptional(clock),
  firstDispatchNs: v.exactOptional(positive),
  ofPeak: v.exactOptional(v.object({ unit, share: positive })),
  vsFp32: v.exactOptional(RatioSchema),
  peers: v.array(PeerSchema),
  drift: v.exactOptional(positive),
})

export const NotTimedSchema: v.GenericSchema<NotTimed> = v.object({
  ...subject,
  variant: v.exactOptional(text),
  peer: v.exactOptional(v.object({ name: text, precision: text })),
  reason: text,
})

export const DevicePeakSchema: v.GenericSchema<DevicePeak> = v.object({
  package: text,
  adapter: text,
  unit,
  rate: positive,
  by: words,
  clock,
})
