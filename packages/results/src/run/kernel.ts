import { type Peak, PRECISIONS } from '@octet/core'
import * as v from 'valibot'
import { RatioSchema } from './cell.ts'
import { type Described, interval, positive, record, schemaOf, text, words } from './field.ts'

/** Another project's kernel, timed in the same rounds. */
const PeerSchema = record({
  /** The name of the project and its version. */
  name: text,
  precision: text,
  /** The peer's time over Octet's time: if > 1, Octet is faster. */
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
  /** The bits of a weight if they differ from the precision's: 4 bits with int8 activations. */
  weightBits: v.exactOptional(v.literal(4)),
  /** The shape's kind and sizes, such as `gemm 256x256x256`. */
  shape: text,
}

/** A kernel that was timed alone. Earlier runs lack the optional fields. */
export const KernelResultSchema = record({
  ...subject,
  /** The models that have a layer of this shape. */
  models: v.exactOptional(v.array(text)),
  /** The name of the device's variant. If it has only one: how the device computes this precision, in its own words. */
  variant: words,
  /** Whether the device picks this variant by default. */
  picked: v.exactOptional(v.boolean()),
  /** The median rate in 10^9 multiply and add operations a second (a MAC counts as two). */
  gops: positive,
  /** The median rate of bytes that must move (inputs, weights and output, once each), in 10^9 a second. */
  gbps: positive,
  /** The device time of one run, in ns; one figure per round. */
  samples: v.pipe(v.array(positive), v.minLength(1)),
  /** The clock of the samples. */
  clock: v.exactOptional(PeakSchema.entries.clock),
  /**
   * The wall time of the first run after preparation, in ns, with all compilation that the driver does on first use.
   */
  firstDispatchNs: v.exactOptional(positive),
  /** The rate as a share of the device's measured peak, in the unit that limits this kernel. */
  ofPeak: v.exactOptional(record({ unit: PeakSchema.entries.unit, share: positive })),
  /** Absent for FP32 itself, and if the package has no FP32 kernel for this shape. */
  vsFp32: v.exactOptional(RatioSchema),
  peers: v.array(PeerSchema),
  /**
   * The time of a reference kernel after the peers' rounds over its time before them: the drift of the machine's clock.
   */
  drift: v.exactOptional(positive),
})
export type KernelResult = Described<typeof KernelResultSchema>

/** A kernel that was not timed, or not compared with a peer, and the reason. */
export const NotTimedSchema = record({
  ...subject,
  variant: v.exactOptional(text),
  /** If given: the peer that it was not compared with. */
  peer: v.exactOptional(record({ name: text, precision: text })),
  /** The reason, as a sentence. */
  reason: text,
})
export type NotTimed = Described<typeof NotTimedSchema>

/** The highest rate of micro-kernels on a device. Other facts from a kernel package are left out. */
export const DevicePeakSchema = v.object({ package: text, adapter: text, ...PeakSchema.entries })
export type DevicePeak = Described<typeof DevicePeakSchema>
