import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CALIBRATIONS, OctetError, SAVED, WEIGHT_BITS } from '@octet/core'
import type { BoardId } from '@octet/results'
import { listWorkloads } from '@octet/workloads'
import { readRanges } from '../calibrate/ranges.ts'
import { readPlan } from '../quantize/plan.ts'
import { evaluated, isModel, refuseFiles, type SourceFiles } from '../source/open.ts'
import type { SweepOptions, WorkloadReference } from '../sweep/options.ts'
import type { SourceFlags } from './source-option.ts'

/** The most evaluation samples per workload in a quick sweep. A full sweep has a budget of work instead. */
export const QUICK_SAMPLES = 500

/** The most seconds of tuning per workload and device in a full sweep. A quick sweep does not tune. */
export const TUNE_SECONDS = 10

/** The places where kernels can run. */
export const HOSTS = ['node', 'browser'] as const

/** The flags of a sweep, as the command line gives them. */
export interface SweepFlags extends SourceFlags {
  readonly workload: readonly string[]
  readonly quantized?: string
  readonly precision: SweepOptions['precisions']
  readonly method: SweepOptions['methods']
  readonly qatSteps: number
  readonly qatScales: SweepOptions['qat']['scales']
  readonly save?: string
  readonly calibration: readonly string[]
  readonly ranges?: string
  readonly plan?: string
  /** Default: 8 and 4. Not every calibration has 4. */
  readonly weightBits?: SweepOptions['weightBits']
  readonly transform: SweepOptions['transforms']
  readonly granularity: SweepOptions['granularities']
  readonly scheme: SweepOptions['schemes']
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly host?: (typeof HOSTS)[number]
  readonly cdp?: string
  readonly pagePort?: number
  readonly board?: BoardId
  readonly samples?: number
  readonly seed: number
  readonly quick: boolean
  /** Seconds. Absent: the default. */
  readonly tune?: number
  readonly shard?: readonly [number, number]
}

/**
 * The options of a sweep with these flags.
 * @param files of a MODEL.onnx
 * @throws OctetError if the flags contradict each other.
 */
export function sweepOptions(flags: SweepFlags, files: SourceFiles): SweepOptions {
  if (flags.save !== undefined && flags.plan === undefined && !flags.precision.includes('int8'))
    throw new OctetError(
      '--save keeps INT8 models, and this sweep makes none',
      'add --precision int8, or leave --save out',
    )
  if (flags.plan !== undefined && flags.workload.length !== 1)
    throw new OctetError('--plan goes with one workload', 'name the workload that the plan is of: --workload')
  const samples = flags.samples ?? (flags.quick ? QUICK_SAMPLES : undefined)
  return {
    workloads: workloadReferences(flags, files),
    precisions: flags.precision,
    methods: flags.method,
    qat: { steps: flags.qatSteps, scales: flags.qatScales },
    ...(flags.save !== undefined && { save: resolve(flags.save) }),
    calibrations: flags.ranges === undefined ? flags.calibration : [...flags.calibration, SAVED],
    ...(flags.ranges !== undefined && { ranges: readRanges(flags.ranges) }),
    ...(flags.plan !== undefined && { plan: readPlan(flags.plan) }),
    weightBits: flags.weightBits ?? WEIGHT_BITS,
    wholeProduct: flags.weightBits !== undefined || flags.calibration !== CALIBRATIONS,
    transforms: flags.transform,
    granularities: flags.granularity,
    schemes: flags.scheme,
    ...(flags.kernels && { kernels: flags.kernels }),
    adapter: flags.adapter,
    ...browserOf(flags),
    ...(flags.board && { board: flags.board }),
    ...(samples !== undefined && { samples }),
    seed: flags.seed,
    quick: flags.quick,
    tuneMs: 1000 * (flags.tune ?? (flags.quick ? 0 : TUNE_SECONDS)),
    ...(flags.shard && { shard: flags.shard }),
  }
}

/** A DevTools address implies that the host is a browser. */
function browserOf({ host, cdp, pagePort: port }: SweepFlags): Pick<SweepOptions, 'browser'> {
  const inBrowser = host === 'browser' || cdp !== undefined
  if (host === 'node' && cdp !== undefined)
    throw new OctetError('--cdp is for a browser, and --host is node', 'leave one of them out')
  if (!inBrowser && port !== undefined)
    throw new OctetError('--page-port is for a browser, and --host is node', 'add --host browser')
  return inBrowser
    ? { browser: { ...(cdp !== undefined && { cdp }), ...(port !== undefined && { port }) } }
    : {}
}

function workloadReferences(
  { workload: sources, quantized }: Pick<SweepFlags, 'workload' | 'quantized'>,
  files: SourceFiles,
): WorkloadReference[] {
  const beside = { ...(quantized !== undefined && { quantized: resolve(quantized) }) }
  const model = sources.find(isModel)
  if (model === undefined) {
    refuseFiles(sources.join(' and '), files)
    if (quantized !== undefined && sources.length !== 1)
      throw new OctetError(
        '--quantized goes with one workload',
        'name the workload of the same model: --workload',
      )
    const ids = new Set(listWorkloads().map(({ id }) => id))
    // A run that is resumed from another folder must find the same data.
    return sources.map((source) => ({
      source: !ids.has(source) && existsSync(source) ? resolve(source) : source,
      ...beside,
    }))
  }
  if (sources.length > 1)
    throw new OctetError(
      'a MODEL.onnx is measured by itself',
      'leave the other workloads out, or make it a folder',
    )
  return [{ source: resolve(model), files: evaluated(model, files), ...beside }]
}
