import type { Precision } from '@octet/core'
import type { Interval, Ratio } from '@octet/core/statistics'
import * as v from 'valibot'
import { count, finite, fraction, interval, positive, text } from './field.ts'

/**
 * How one side of a model (weights, or activations) is stored. Floating-point sides have scheme and granularity
 * `none`.
 */
export interface Storage {
  readonly bits: 32 | 16 | 8 | 4
  readonly scheme: 'none' | 'affine' | 'symmetric'
  readonly granularity: 'none' | 'per-tensor' | 'per-channel'
}

/** A task metric over the evaluation samples, beside FP32's on the very same samples. Fractions, 0 to 1. */
export interface Accuracy {
  /** e.g. `top-1 accuracy`. */
  readonly metric: string
  readonly value: number
  /** FP32's value on the same samples. */
  readonly fp32: number
  /** fp32 - value: positive is a loss. */
  readonly drop: number
  /** 95% interval of `drop` (paired samples, Agresti-Min). [0, 0] for FP32 itself, whose drop is 0 by definition. */
  readonly ci95: Interval
  readonly samples: number
  /** `package/adapter` that computed it: accuracy is computed once per configuration, on the fastest exact device. */
  readonly device: string
}

/**
 * Distance of the output (logits) from FP32's on the same inputs. SQNR is the power of FP32's output over that of the
 * error; of a model of one output it is the variance of FP32's over the error's power, as a constant offset tells
 * nothing there.
 */
export interface Fidelity {
  /** Decibels; null when there is no error at all (infinite). */
  readonly sqnrDb: number | null
  readonly maxAbsError: number
  /** Share of samples on which both pick the same class. Absent for a model of one output, which has no classes. */
  readonly agreement?: number
  /** `package/adapter` that computed the output, where no accuracy says so. */
  readonly device?: string
}

/** Medians of the parts of one inference, in ns. Upload and readback are wall time of one input and one output. */
export interface Stages {
  readonly uploadNs: number
  /** Steady state, all ops; the same figure as the latency's median. */
  readonly deviceNs: number
  readonly readbackNs: number
  /** Wall time from raw samples on the host to outputs on the host. */
  readonly endToEndNs: number
}

/** Steady-state device time of one inference: no upload, compilation or readback in it. */
export interface Latency {
  readonly clock: 'gpu' | 'wall'
  readonly unit: 'ns'
  /** One figure per round; rounds of all contenders of a workload are interleaved. */
  readonly samples: readonly number[]
  readonly median: number
  /** Median absolute deviation from the median, not scaled. */
  readonly mad: number
  /** 95% interval of the median, from order statistics. */
  readonly ci95: Interval
  /** Samples in one inference. */
  readonly batch: number
  /** The first submission's wall time, lazy compilation included. */
  readonly firstDispatchNs: number
  readonly stages: Stages
  /**
   * Time of FP32 over this one's, paired round by round on the same device: > 1 is faster. Absent on FP32 itself and
   * where FP32 did not run.
   */
  readonly vsFp32?: Ratio
  /**
   * A calibration changes numbers, not the program, so that cells of one program share one measurement. `program`
   * tells programs apart within a device; `with` is the number of other cells that carry the same figures.
   */
  readonly shared: { readonly program: string; readonly with: number }
}

export interface Memory {
  /** Weights, biases and per-channel constants as stored, without layout padding: what the model takes on flash. */
  readonly weightBytes: number
  /** The same, and the kernels' tables, as the device holds them while the model runs: packed its way and padded. */
  readonly residentWeightBytes?: number
  /** Most bytes of activations alive at one time, batch 1. */
  readonly activationPeakBytes: number
  /** Bytes held on the device, layout padding included. */
  readonly deviceBytes: number
}

export interface Energy {
  readonly joulesPerInference: number
  readonly source: 'measured' | 'modelled'
}

export type Status = 'ok' | 'skipped' | 'failed' | 'unstable'

/** One configuration of one workload on one device. Skipped and failed cells are kept, with the reason. */
export interface Cell {
  /** Unique in a run, and equal between runs for the same configuration. */
  readonly key: string
  readonly workload: string
  /** `none` for floating point. */
  readonly method: 'none' | 'ptq' | 'qat'
  readonly precision: Precision
  readonly weights: Storage
  readonly activations: Storage
  /** Strategy id; `none` for floating point. */
  readonly calibration: string
  /** What PTQ did to weights and biases beyond rounding to nearest, in alphabetical order; absent for nothing. */
  readonly transforms?: readonly string[]
  /** Kernel package id. */
  readonly kernels: string
  /** Device id within the package. */
  readonly adapter: string
  /** `unstable`: all was measured, but the latency's spread is past the stated limit. */
  readonly status: Status
  /** Always there unless the status is `ok`. */
  readonly reason?: string
  readonly accuracy?: Accuracy
  readonly fidelity?: Fidelity
  readonly latency?: Latency
  readonly memory?: Memory
  readonly energy?: Energy
  /**
   * Steps that the device lacks and the reference ran instead: names of the model's nodes, and of conversions between
   * them.
   */
  readonly fallbackOps: readonly string[]
  /** By step that the device has several kernels for: the one that was timed. */
  readonly variants?: Readonly<Record<string, string>>
}

const StorageSchema: v.GenericSchema<Storage> = v.object({
  bits: v.picklist([32, 16, 8, 4]),
  scheme: v.picklist(['none', 'affine', 'symmetric']),
  granularity: v.picklist(['none', 'per-tensor', 'per-channel']),
})

const AccuracySchema: v.GenericSchema<Accuracy> = v.object({
  metric: text,
  value: fraction,
  fp32: fraction,
  drop: finite,
  ci95: interval,
  samples: count,
  device: text,
})

const FidelitySchema: v.GenericSchema<Fidelity> = v.object({
  sqnrDb: v.nullable(finite),
  maxAbsError: positive,
  agreement: v.exactOptional(fraction),
  device: v.exactOptional(text),
})

export const RatioSchema: v.GenericSchema<Ratio> = v.object({ ratio: positive, ci95: interval })

export const LatencySchema: v.GenericSchema<Latency> = v.object({
  clock: v.picklist(['gpu', 'wall']),
  unit: v.literal('ns'),
  samples: v.pipe(v.array(positive), v.minLength(1)),
  median: positive,
  mad: positive,
  ci95: interval,
  batch: count,
  firstDispatchNs: positive,
  stages: v.object({ uploadNs: positive, deviceNs: positive, readbackNs: positive, endToEndNs: positive }),
  vsFp32: v.exactOptional(RatioSchema),
  shared: v.object({ program: text, with: count }),
})

export const MemorySchema: v.GenericSchema<Memory> = v.object({
  weightBytes: count,
  residentWeightBytes: v.exactOptional(count),
  activationPeakBytes: count,
  deviceBytes: count,
})

const EnergySchema: v.GenericSchema<Energy> = v.object({
  joulesPerInference: positive,
  source: v.picklist(['measured', 'modelled']),
})

export const CellSchema: v.GenericSchema<Cell> = v.pipe(
  v.object({
    key: text,
    workload: text,
    method: v.picklist(['none', 'ptq', 'qat']),
    precision: v.picklist(['fp32', 'fp16', 'int8']),
    weights: StorageSchema,
    activations: StorageSchema,
    calibration: text,
    transforms: v.exactOptional(v.pipe(v.array(text), v.minLength(1))),
    kernels: text,
    adapter: text,
    status: v.picklist(['ok', 'skipped', 'failed', 'unstable']),
    reason: v.exactOptional(text),
    accuracy: v.exactOptional(AccuracySchema),
    fidelity: v.exactOptional(FidelitySchema),
    latency: v.exactOptional(LatencySchema),
    memory: v.exactOptional(MemorySchema),
    energy: v.exactOptional(EnergySchema),
    fallbackOps: v.array(text),
    variants: v.exactOptional(v.record(text, text)),
  }),
  v.forward(
    v.check((cell) => cell.status === 'ok' || cell.reason !== undefined, 'a cell that is not ok says why'),
    ['reason'],
  ),
)
