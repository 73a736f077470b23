import {
  GRANULARITIES,
  OctetError,
  PRECISIONS,
  SCHEMES,
  TASK_IDS,
  type Transform,
  TRANSFORMS,
  WEIGHT_BITS,
} from '@octet/core'
import { BOARD_IDS, type Described } from '@octet/results'
import * as v from 'valibot'
import { SavedRangesSchema } from '../calibrate/ranges.ts'
import { PlannedLayersSchema } from '../quantize/plan.ts'

export const METHODS = ['ptq', 'qat'] as const
export const QAT_SCALES = ['observed', 'learned'] as const

/** Corrections of PTQ beyond rounding to nearest: `none`, or transforms joined by `+`, in alphabetical order. */
export type TransformChoice = string

/**
 * Parses a choice of transforms, in any order.
 * @throws OctetError with the name of an unknown transform.
 */
export function transformChoice(text: string): TransformChoice {
  const items = text.split('+').map((item) => item.trim())
  if (items.length === 1 && items[0] === 'none') return 'none'
  const known: readonly string[] = TRANSFORMS
  const other = items.find((item) => !known.includes(item))
  if (other !== undefined)
    throw new OctetError(
      `there is no transform "${other}"`,
      `the known values are ${TRANSFORMS.join(', ')}, alone or joined by +, and none`,
    )
  return [...new Set(items)].toSorted().join('+')
}

/** The transforms of a choice. */
export function transformsIn(choice: TransformChoice): readonly Transform[] {
  return choice === 'none' ? [] : (choice.split('+') as Transform[])
}

/** A number, or one number per channel. */
const Side = v.union([v.number(), v.array(v.number())])

/** A workload as the user names it: a built-in id, a folder, or an ONNX file with its data. */
const WorkloadReferenceSchema = v.object({
  source: v.string(),
  /** Path of the same model in a quantized form from another tool. */
  quantized: v.exactOptional(v.string()),
  /** Paths of .npy files and of a manifest, and settings that override the manifest. Only for an ONNX file. */
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
          task: v.exactOptional(v.picklist(TASK_IDS)),
          threshold: v.exactOptional(v.number()),
          dims: v.exactOptional(v.record(v.string(), v.number())),
          set: v.exactOptional(v.record(v.string(), v.union([v.number(), v.string()]))),
          output: v.exactOptional(v.string()),
          states: v.exactOptional(v.record(v.string(), v.string())),
        }),
      ),
    }),
  ),
})
export type WorkloadReference = Described<typeof WorkloadReferenceSchema>

/** The options of a sweep. They decide its cells, so a resumed run needs all of them. */
export const SweepOptionsSchema = v.object({
  workloads: v.array(WorkloadReferenceSchema),
  precisions: v.array(v.picklist(PRECISIONS)),
  /** How INT8 models are made: by quantizing after training, or by further training. */
  methods: v.array(v.picklist(METHODS)),
  /** The length of QAT's training, and its scales. */
  qat: v.object({ steps: v.number(), scales: v.picklist(QAT_SCALES) }),
  /** Folder that keeps trained models, each as a workload folder. */
  save: v.exactOptional(v.string()),
  calibrations: v.array(v.string()),
  /** Ranges from another run, used by the calibration `saved`. */
  ranges: v.exactOptional(SavedRangesSchema),
  /** A precision for each layer. It adds one configuration. */
  plan: v.exactOptional(PlannedLayersSchema),
  weightBits: v.array(v.picklist(WEIGHT_BITS)),
  /** False: only 8-bit weights are measured with every calibration, and the others with the first. */
  wholeProduct: v.boolean(),
  /** Corrections of PTQ beyond rounding to nearest, one choice per configuration. */
  transforms: v.array(v.string()),
  /** The granularities of weights. */
  granularities: v.array(v.picklist(GRANULARITIES)),
  /** The schemes of activations. */
  schemes: v.array(v.picklist(SCHEMES)),
  /** Kernel package ids. Default: all discovered packages. */
  kernels: v.exactOptional(v.array(v.string())),
  adapter: v.string(),
  /** The browser whose devices are measured. Default: the devices of Node. */
  browser: v.exactOptional(v.object({ cdp: v.exactOptional(v.string()), port: v.exactOptional(v.number()) })),
  /** The board for which the energy of INT8 models is modelled. */
  board: v.exactOptional(v.picklist(BOARD_IDS)),
  /** The most evaluation samples per workload. Default: as many as the budget of work allows. */
  samples: v.exactOptional(v.number()),
  seed: v.number(),
  /** With fewer rounds of timing. */
  quick: v.boolean(),
  /** The most milliseconds per workload and device for finding the fastest kernels before timing. 0 for none. */
  tuneMs: v.number(),
  /** [i, n]: every n-th configuration, beginning with the i-th, counted from 1. */
  shard: v.exactOptional(v.tuple([v.number(), v.number()])),
})
export type SweepOptions = Described<typeof SweepOptionsSchema>
