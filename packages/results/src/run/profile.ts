import { PRECISIONS } from '@octet/core'
import * as v from 'valibot'
import { count, type Described, finite, interval, positive, record, text } from './field.ts'

/** Medians in ns. Together they are the median of the whole, as the rest is what the others leave of it. */
const StageTimesSchema = record({
  /** From the sample as stored to float32 on the host. */
  decodeNs: positive,
  uploadNs: positive,
  normalizeNs: positive,
  quantizeNs: positive,
  /** All layers: multiply-adds and whatever else the model computes. */
  computeNs: positive,
  dequantizeNs: positive,
  /** The host's wait beyond the device's own time: submission, waking threads, cold caches. */
  submitNs: positive,
  readbackNs: positive,
  /** From the outputs to the answer of the task. */
  answerNs: positive,
  /** Negative where the parts add up to more than the whole. */
  restNs: finite,
})

/** One step of the program on the device, in the order in which they run. */
const LayerTimeSchema = record({
  /** The layer to which it belongs, or the tensor that it converts. */
  node: text,
  op: text,
  ns: positive,
  macs: count,
  /** Of inputs, output and constants, without padding: each read or written once. */
  bytes: count,
})

/** Where the time of one program goes on one device, for one sample. */
export const ProfileSchema = record({
  workload: text,
  kernels: text,
  adapter: text,
  /** As in the latency of the cells that share it. */
  program: text,
  precision: v.picklist([...PRECISIONS, 'mixed']),
  /** Wall time from the stored sample to the answer: the user's waiting time. */
  hostToHost: record({ median: positive, ci95: interval, samples: count }),
  stages: StageTimesSchema,
  /** Time on the device. */
  device: record({
    clock: v.picklist(['gpu', 'wall']),
    /** Median of the whole program, timed in turn with its parts. */
    wholeNs: positive,
    /** The rest of the whole beside the layers; negative where they add up to more. */
    restNs: finite,
    /** How layers were told apart: by differences of ever longer beginnings of the program, or each timed by itself. */
    by: v.picklist(['prefixes', 'steps']),
    layers: v.array(LayerTimeSchema),
  }),
  /**
   * Energy of FP32 over this one's on an ideal datapath, modelled: the least and the most by where the weights lie.
   * Absent for FP32 itself.
   */
  ideal: v.exactOptional(v.array(record({ process: text, ratio: interval, source: text }))),
})
export type Profile = Described<typeof ProfileSchema>
