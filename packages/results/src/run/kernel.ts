import { type Peak, PRECISIONS } from '@octet/core'
import * as v from 'valibot'
import { RatioSchema } from './cell.ts'
import { type Described, interval, positive, record, schemaOf, text, words } from './field.ts'

/** Another project's kernel, timed in the same rounds. */
const PeerSchema = record({
  name: text,
  precision: text,
  /** The peer's time over ours: > 1, ours is faster. */
  ratio: positive,
  ci95: interval,
  /** Where the peer ran, and further remarks on it. */
  note: v.exactOptional(text),
})
export type Peer = Described<typeof PeerSchema>

const PeakSchema = schemaOf<Peak>()(
  v.object({
    unit: v.picklist(['f32', 'f16', 'dot4', 'subgroup-matrix f16', 'subgroup-matrix int8', 'copy']),
    rate: positive,
    by: words,
    clock: v.picklist(['gpu', 'wall']),
  }),
)

/** One op of a kernel package over one shape. */
const subject = {
  package: text,
  adapter: text,
  op: text,
  precision: v.picklist(PRECISIONS),
  /** Bits of a weight where they are not those of the precision: 4 bits under int8 activations. */
  weightBits: v.exactOptional(v.literal(4)),
  /** The shape's kind and sizes, e.g. `gemm 256x256x256`. */
  shape: text,
}

/** A kernel timed by itself. Earlier runs lack the optional fields. */
export const KernelResultSchema = record({
  ...subject,
  /** Models that have a layer of this shape. */
  models: v.exactOptional(v.array(text)),
  /**
   * Which of the device's variants it is; where it has but one, how the device computes this precision, in its own
   * words.
   */
  variant: words,
  /** Whether this is the variant that the device picks by itself. */
  picked: v.exactOptional(v.boolean()),
  /** Median rate in 10^9 multiply and add operations a second (a MAC is two). */
  gops: positive,
  /** Median rate of bytes that must move (inputs, weights, output, once each), in 10^9 a second. */
  gbps: positive,
  /** Device time of one run, in ns: one figure per round. */
  samples: v.pipe(v.array(positive), v.minLength(1)),
  /** Whose clock the samples are read from. */
  clock: v.exactOptional(PeakSchema.entries.clock),
  /** Wall time of the first run after it was prepared, in ns: with whatever the driver compiles at first use. */
  firstDispatchNs: v.exactOptional(positive),
  /** The rate as a share of the device's measured peak in the unit that this kernel is bound to. */
  ofPeak: v.exactOptional(record({ unit: PeakSchema.entries.unit, share: positive })),
  /** Absent on FP32 itself and where the package has no FP32 kernel for this shape. */
  vsFp32: v.exactOptional(RatioSchema),
  peers: v.array(PeerSchema),
  /**
   * Time of a reference kernel after the peers' rounds over its time before them: how far the machine's clock
   * drifted.
   */
  drift: v.exactOptional(positive),
})
export type KernelResult = Described<typeof KernelResultSchema>

/** A kernel that was not timed, or was not compared with a peer, and why. */
export const NotTimedSchema = record({
  ...subject,
  variant: v.exactOptional(text),
  /** Given: the peer that it was not compared with. */
  peer: v.exactOptional(record({ name: text, precision: text })),
  reason: text,
})
export type NotTimed = Described<typeof NotTimedSchema>

/** The most that micro-kernels reach on a device. What more a kernel package says of it is left out. */
export const DevicePeakSchema = v.object({ package: text, adapter: text, ...PeakSchema.entries })
export type DevicePeak = Described<typeof DevicePeakSchema>
