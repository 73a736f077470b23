import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CALIBRATIONS, OctetError, type TaskId, WEIGHT_BITS } from '@octet/core'
import { listWorkloads, type Normalization } from '@octet/workloads'
import type { SweepOptions, WorkloadReference } from '../sweep/options.ts'
import { choiceOf, type ModelFlags } from './model-option.ts'

/** Most evaluation samples a workload in a quick sweep; a full one has a budget of work. */
export const QUICK_SAMPLES = 500

/** Most seconds of tuning a workload and device, in a full sweep; a quick one does not tune. */
export const TUNE_SECONDS = 10

/** The flags of a sweep, as the command line gives them. */
export interface SweepFlags extends ModelFlags {
  readonly workload: readonly string[]
  readonly eval?: string
  readonly labels?: string
  readonly calib?: string
  readonly manifest?: string
  readonly quantized?: string
  readonly name?: string
  readonly classes?: readonly string[]
  readonly task?: TaskId
  readonly threshold?: number
  readonly precision: SweepOptions['precisions']
  readonly method: SweepOptions['methods']
  readonly qatSteps: number
  readonly qatScales: SweepOptions['qat']['scales']
  readonly save?: string
  readonly calibration: readonly string[]
  /** Left out: 8 and 4, the latter not with every calibration. */
  readonly weightBits?: SweepOptions['weightBits']
  readonly transform: SweepOptions['transforms']
  readonly granularity: SweepOptions['granularities']
  readonly scheme: SweepOptions['schemes']
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly samples?: number
  readonly seed: number
  readonly quick: boolean
  /** Seconds; false for none. Left out: the default. */
  readonly tune?: number | false
  readonly shard?: readonly [number, number]
}

/**
 * What a sweep's flags ask for.
 * @param normalize what `--normalize` says
 * @throws OctetError when they do not go together.
 */
export function sweepOptions(flags: SweepFlags, normalize?: Normalization): SweepOptions {
  if (flags.save !== undefined && !flags.precision.includes('int8'))
    throw new OctetError(
      '--save keeps INT8 models, and this sweep makes none',
      'add --precision int8, or leave --save out',
    )
  const samples = flags.samples ?? (flags.quick ? QUICK_SAMPLES : undefined)
  return {
    workloads: workloadReferences(flags, normalize),
    precisions: flags.precision,
    methods: flags.method,
    qat: { steps: flags.qatSteps, scales: flags.qatScales },
    ...(flags.save !== undefined && { save: resolve(flags.save) }),
    calibrations: flags.calibration,
    weightBits: flags.weightBits ?? WEIGHT_BITS,
    wholeProduct: flags.weightBits !== undefined || flags.calibration !== CALIBRATIONS,
    transforms: flags.transform,
    granularities: flags.granularity,
    schemes: flags.scheme,
    ...(flags.kernels && { kernels: flags.kernels }),
    adapter: flags.adapter,
    ...(samples !== undefined && { samples }),
    seed: flags.seed,
    quick: flags.quick,
    tuneMs: 1000 * (flags.tune === undefined ? (flags.quick ? 0 : TUNE_SECONDS) : flags.tune || 0),
    ...(flags.shard && { shard: flags.shard }),
  }
}

function workloadReferences(flags: SweepFlags, normalize: Normalization | undefined): WorkloadReference[] {
  const {
    workload,
    eval: evaluation,
    labels,
    calib,
    manifest,
    name,
    classes,
    task,
    threshold,
    quantized,
  } = flags
  const models = workload.filter((source) => source.endsWith('.onnx'))
  if (models.length === 0) {
    const given = [
      evaluation,
      labels,
      calib,
      manifest,
      name,
      classes,
      task,
      threshold,
      normalize,
      ...Object.values(choiceOf(flags)),
    ]
    if (given.some((flag) => flag !== undefined))
      throw new OctetError(
        '--eval, --labels and --calib go with one --workload MODEL.onnx, and so do --normalize, --manifest, --task, --threshold, --classes, --name, --dim, --set, --output and --state',
        'a folder brings its own data and manifest.json',
      )
    const ids = new Set(listWorkloads().map(({ id }) => id))
    // Resumed from another folder, the run must find the same data.
    if (quantized !== undefined && workload.length !== 1)
      throw new OctetError(
        '--quantized goes with one workload',
        'name the workload of the same model: --workload',
      )
    return workload.map((source) => ({
      source: !ids.has(source) && existsSync(source) ? resolve(source) : source,
      ...(quantized !== undefined && { quantized: resolve(quantized) }),
    }))
  }
  if (workload.length > 1)
    throw new OctetError(
      'a MODEL.onnx is measured by itself',
      'leave the other workloads out, or make it a folder',
    )
  if (evaluation === undefined)
    throw new OctetError(
      `${models[0]} needs data to be judged on`,
      'give --eval X.npy, and --labels Y.npy where there are labels',
    )
  const stated = {
    ...(name !== undefined && { name }),
    ...(normalize !== undefined && { normalize }),
    ...(classes !== undefined && { classes }),
    ...(task !== undefined && { task }),
    ...(threshold !== undefined && { threshold }),
    ...choiceOf(flags),
  }
  const files = {
    evaluation: resolve(evaluation),
    ...(labels !== undefined && { labels: resolve(labels) }),
    ...(calib !== undefined && { calibration: resolve(calib) }),
    ...(manifest !== undefined && { manifest: resolve(manifest) }),
    ...(Object.keys(stated).length > 0 && { stated }),
  }
  return [
    { source: resolve(models[0]), files, ...(quantized !== undefined && { quantized: resolve(quantized) }) },
  ]
}
