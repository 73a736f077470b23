import type { Granularity, Precision } from '@octet/core'
import type { ModelFiles } from '@octet/workloads'
import * as v from 'valibot'

/** A workload as the user names it: a built-in id, a folder, or an ONNX file with its data. */
export interface WorkloadReference {
  readonly source: string
  /** Paths of .npy files and a manifest, and what goes before the latter: for an ONNX file, and only for one. */
  readonly files?: Omit<ModelFiles, 'model' | 'training'>
}

/** What a sweep covers: all that decides its cells, and so all that a resumed run needs. */
export interface SweepOptions {
  readonly workloads: readonly WorkloadReference[]
  readonly precisions: readonly Precision[]
  /** How INT8 models are made: quantized after training, or trained on. */
  readonly methods: readonly ('ptq' | 'qat')[]
  /** How long and on what QAT trains. */
  readonly qat: { readonly steps: number; readonly scales: 'observed' | 'learned' }
  /** Folder where trained models are kept, each as a workload folder. */
  readonly save?: string
  readonly calibrations: readonly string[]
  /** Bits of weights. */
  readonly weightBits: readonly (8 | 4)[]
  /** False: 8-bit weights alone are measured with every calibration, others with the first. */
  readonly wholeProduct: boolean
  /** What PTQ does beyond rounding to nearest, one choice a configuration. */
  readonly transforms: readonly TransformChoice[]
  /** Of weights. */
  readonly granularities: readonly Granularity[]
  /** Of activations. */
  readonly schemes: readonly ('affine' | 'symmetric')[]
  /** Kernel package ids; left out: all that are found. */
  readonly kernels?: readonly string[]
  readonly adapter: string
  /** Most evaluation samples a workload; left out: as many as the budget of work allows. */
  readonly samples?: number
  readonly seed: number
  /** Fewer rounds of timing. */
  readonly quick: boolean
  /** Most milliseconds a workload and device to find the fastest kernels in, before anything is timed; 0 for none. */
  readonly tuneMs: number
  /** [i, n]: every n-th configuration from the i-th on, counted from 1. */
  readonly shard?: readonly [number, number]
}

export type TransformChoice = 'none' | 'equalize' | 'bias-correction' | 'adaround'

export const METHODS: readonly ('ptq' | 'qat')[] = ['ptq', 'qat']
export const QAT_SCALES: readonly ('observed' | 'learned')[] = ['observed', 'learned']
export const WEIGHT_BITS: readonly (8 | 4)[] = [8, 4]
export const TRANSFORMS: readonly TransformChoice[] = ['none', 'equalize', 'bias-correction', 'adaround']
export const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'int8']
export const GRANULARITIES: readonly Granularity[] = ['per-tensor', 'per-channel']
export const SCHEMES: readonly ('affine' | 'symmetric')[] = ['affine', 'symmetric']

/** A number, or one for each channel. */
const Side = v.union([v.number(), v.array(v.number())])

export const SweepOptionsSchema: v.GenericSchema<SweepOptions> = v.object({
  workloads: v.array(
    v.object({
      source: v.string(),
      files: v.exactOptional(
        v.object({
          evaluation: v.string(),
          labels: v.exactOptional(v.string()),
          calibration: v.exactOptional(v.string()),
          manifest: v.exactOptional(v.string()),
          stated: v.exactOptional(
            v.object({
              name: v.exactOptional(v.string()),
              normalize: v.exactOptional(v.object({ offset: Side, scale: Side })),
              classes: v.exactOptional(v.array(v.string())),
            }),
          ),
        }),
      ),
    }),
  ),
  precisions: v.array(v.picklist(['fp32', 'fp16', 'int8'])),
  methods: v.array(v.picklist(['ptq', 'qat'])),
  qat: v.object({ steps: v.number(), scales: v.picklist(['observed', 'learned']) }),
  save: v.exactOptional(v.string()),
  calibrations: v.array(v.string()),
  weightBits: v.array(v.picklist([8, 4])),
  wholeProduct: v.boolean(),
  transforms: v.array(v.picklist(['none', 'equalize', 'bias-correction', 'adaround'])),
  granularities: v.array(v.picklist(['per-tensor', 'per-channel'])),
  schemes: v.array(v.picklist(['affine', 'symmetric'])),
  kernels: v.exactOptional(v.array(v.string())),
  adapter: v.string(),
  samples: v.exactOptional(v.number()),
  seed: v.number(),
  quick: v.boolean(),
  tuneMs: v.number(),
  shard: v.exactOptional(v.tuple([v.number(), v.number()])),
})
