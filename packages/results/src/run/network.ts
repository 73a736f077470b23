import * as v from 'valibot'
import { count, type Described, finite, interval, record, text } from './field.ts'

/** A run keeps the ranges of at most this many channels of a layer. */
export const MOST_CHANNELS = 256

/** A figure in dB for weights that share one scale per tensor or per channel; null if there is no error (infinite). */
const BySharingSchema = record({ perTensor: v.nullable(finite), perChannel: v.nullable(finite) })

const LayerWeightsSchema = record({
  /** The number of output channels. */
  channels: count,
  /**
   * The smallest and the largest weight of each output channel, to four significant digits. From a layer with more than
   * `MOST_CHANNELS` channels, that many are taken evenly in the order of their widths.
   */
  ranges: v.array(interval),
  /** The SQNR of the weights at 8 bits against FP32's weights. */
  sqnrDb: BySharingSchema,
})

/** A layer of the model: a node and the Relu or Clip fused behind it. */
const NetworkLayerSchema = record({
  /** The name of the node. */
  name: text,
  /** The op of the node. */
  op: text,
  /** The tensors that the layer reads, without weights. */
  inputs: v.array(text),
  /** The tensor that the layer writes. */
  output: text,
  /** The shape of the output for one sample. */
  shape: v.array(count),
  /** The multiply-adds for one sample. */
  macs: count,
  weights: v.exactOptional(LayerWeightsSchema),
  /** The SQNR of the model's output with only this layer in INT8 and the others in FP16. */
  alone: v.exactOptional(BySharingSchema),
})
export type NetworkLayer = Described<typeof NetworkLayerSchema>

/** A workload's model as it is quantized: its layers in the order in which they run, and the effect of INT8 on each. */
export const NetworkSchema = record({
  /** The id of the workload. */
  workload: text,
  /** The calibration of the activations' ranges for `alone`. */
  calibration: text,
  /** The number of calibration samples for `alone`; 0 if that would have exceeded a sweep's budget of work. */
  samples: count,
  layers: v.array(NetworkLayerSchema),
})
export type Network = Described<typeof NetworkSchema>
