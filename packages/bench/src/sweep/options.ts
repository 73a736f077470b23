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
 * Reads a choice of transforms, in any order.
 * @throws OctetError naming one that there is not.
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

/** A number, or one for each channel. */
const Side = v.union([v.number(), v.array(v.number())])

/** A workload as the user names it: a built-in id, a folder, or an ONNX file with its data. */
const WorkloadReferenceSchema = v.object({
  source: v.string(),
  /** Path of the same model as somebody else quantized it. */
  quantized: v.exactOptional(v.string()),
  /** Paths of .npy files and a manifest, and settings that override the manifest. Only for an ONNX file. */
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
  /** How INT8 models are made: quantized after training, or trained on. */
  methods: v.array(v.picklist(METHODS)),
  /** The length of the training of QAT, and its scales. */
  qat: v.object({ steps: v.number(), scales: v.picklist(QAT_SCALES) }),
  /** Folder where trained models are kept, each as a workload folder. */
  save: v.exactOptional(v.string()),
  calibrations: v.array(v.string()),
  /** Ranges that another run found: those of the calibration `saved`. */
  ranges: v.exactOptional(SavedRangesSchema),
  /** A precision for each layer: one configuration more. */
  plan: v.exactOptional(PlannedLayersSchema),
  weightBits: v.array(v.picklist(WEIGHT_BITS)),
  /** False: 8-bit weights alone are measured with every calibration, others with the first. */
  wholeProduct: v.boolean(),
  /** Corrections of PTQ beyond rounding to nearest, one choice for each configuration. */
  transforms: v.array(v.string()),
  /** Of weights. */
  granularities: v.array(v.picklist(GRANULARITIES)),
  /** Of activations. */
  schemes: v.array(v.picklist(SCHEMES)),
  /** Kernel package ids; left out: all that are found. */
  kernels: v.exactOptional(v.array(v.string())),
  adapter: v.string(),
  /** The browser whose devices are measured; left out: those of Node. */
  browser: v.exactOptional(v.object({ cdp: v.exactOptional(v.string()), port: v.exactOptional(v.number()) })),
  /** A board that the energy of INT8 models is modelled for. */
  board: v.exactOptional(v.picklist(BOARD_IDS)),
  /** Most evaluation samples a workload; left out: as many as the budget of work allows. */
  samples: v.exactOptional(v.number()),
  seed: v.number(),
  /** Fewer rounds of timing. */
  quick: v.boolean(),
  /** Most milliseconds a workload and device to find the fastest kernels in, before anything is timed; 0 for none. */
  tuneMs: v.number(),
  /** [i, n]: every n-th configuration from the i-th on, counted from 1. */
  shard: v.exactOptional(v.tuple([v.number(), v.number()])),
})
export type SweepOptions = Described<typeof SweepOptionsSchema>
