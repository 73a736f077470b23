import { PRECISIONS } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, finite, interval, positive, record, text } from './field.ts'

/** Medians in ns. Together they add up to the median of the whole, because the rest is the remaining difference. */
const StageTimesSchema = record({
  /** The time from the stored sample to float32 on the host. */
  decodeNs: positive,
  /** The time from the host to the device. */
  uploadNs: positive,
  /** The time of offset and scale on the device. */
  normalizeNs: positive,
  /** The time from float32 to int8 on the device. */
  quantizeNs: positive,
  /** The time of all layers: multiply-adds and all other computation of the model. */
  computeNs: positive,
  /** The time from int8 to float32 on the device. */
  dequantizeNs: positive,
  /** The time that the host waits beyond the device's own time: submission, waking threads, cold caches. */
  submitNs: positive,
  /** The time from the device to the host. */
  readbackNs: positive,
  /** The time from the outputs to the answer of the task. */
  answerNs: positive,
  /** Negative if the parts add up to more than the whole. */
  restNs: finite,
})

/** One step of the program on the device. Steps are listed in the order in which they run. */
const LayerTimeSchema = record({
  /** The layer that the step computes, or the tensor that it converts. */
  node: text,
  /** The op of the step. */
  op: text,
  /** The time of the step. */
  ns: positive,
  /** The multiply-adds of the step. */
  macs: count,
  /** The bytes of inputs, output and constants, without padding, each read or written once. */
  bytes: count,
})

/** The parts of the time of one program on one device, for one sample. */
export const ProfileSchema = record({
  /** The id of the workload. */
  workload: text,
  /** The kernel package's id. */
  kernels: text,
  /** The device's id within the package. */
  adapter: text,
  /** The same id as in the latency of the cells that share the program. */
  program: text,
  precision: v.picklist([...PRECISIONS, 'mixed']),
  /** The wall time from the stored sample to the answer: the user's waiting time. */
  hostToHost: record({ median: positive, ci95: interval, samples: count }),
  stages: StageTimesSchema,
  /** The time on the device. */
  device: record({
    clock: v.picklist(['gpu', 'wall']),
    /** The median of the whole program, timed in turn with its parts. */
    wholeNs: positive,
    /** The time of the whole minus the layers; negative if the layers add up to more. */
    restNs: finite,
    /**
     * The method that told layers apart: differences of ever longer beginnings of the program, or a separate time for
     * each layer.
     */
    by: v.picklist(['prefixes', 'steps']),
    layers: v.array(LayerTimeSchema),
  }),
  /**
   * FP32's energy over this program's on an ideal datapath, modelled. The interval spans the possible places of the
   * weights. Absent for FP32 itself.
   */
  ideal: v.exactOptional(v.array(record({ process: text, ratio: interval, source: text }))),
})
export type Profile = Described<typeof ProfileSchema>
