import * as v from 'valibot'
import { count, type Described, finite, interval, record, text } from './field.ts'

/** Most channels of a layer whose ranges a run keeps. */
export const MOST_CHANNELS = 256

/** A figure in dB by how the weights share scales; null where there is no error at all (infinite). */
const BySharingSchema = record({ perTensor: v.nullable(finite), perChannel: v.nullable(finite) })

const LayerWeightsSchema = record({
  /** Output channels. */
  channels: count,
  /**
   * Smallest and largest weight of each output channel, to four digits that count. Of more than `MOST_CHANNELS`, as
   * many of them, taken evenly in the order of their widths.
   */
  ranges: v.array(interval),
  /** Of the weights at 8 bits against FP32's. */
  sqnrDb: BySharingSchema,
})

/** A layer of the model: a node and the Relu or Clip fused behind it. */
const NetworkLayerSchema = record({
  name: text,
  op: text,
  /** Tensors that it reads, weights left out. */
  inputs: v.array(text),
  output: text,
  /** Of the output, for one sample. */
  shape: v.array(count),
  macs: count,
  weights: v.exactOptional(LayerWeightsSchema),
  /** SQNR of the model's output with this layer alone in INT8 and the others in FP16. */
  alone: v.exactOptional(BySharingSchema),
})
export type NetworkLayer = Described<typeof NetworkLayerSchema>

/** A workload's model as it is quantized: its layers in the order in which they run, and how each takes INT8. */
export const NetworkSchema = record({
  workload: text,
  /** Of the ranges of activations behind `alone`. */
  calibration: text,
  /** Calibration samples that `alone` was found on; 0 where it would have taken more work than a sweep has for it. */
  samples: count,
  layers: v.array(NetworkLayerSchema),
})
export type Network = Described<typeof NetworkSchema>
