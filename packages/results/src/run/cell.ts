import { SCORED_TASKS, TASKS } from '@octet/core'
import type { Ratio } from '@octet/core/statistics'
import * as v from 'valibot'
import { BOARD_IDS } from '../board/boards.ts'
import { CHOICES } from './configuration.ts'
import {
  count,
  type Described,
  finite,
  fraction,
  interval,
  positive,
  record,
  schemaOf,
  text,
} from './field.ts'

/** The metric of a task over the evaluation samples, beside FP32's metric on the same samples. */
const TaskScoreSchema = v.pipe(
  record({
    id: v.picklist(SCORED_TASKS),
    /** For example `top-1 accuracy`. */
    metric: text,
    /** The unit of `value`, `fp32`, `loss` and `ci95`, for example `fraction`. */
    unit: text,
    /** Whether a larger `value` is better. */
    higherIsBetter: v.boolean(),
    /** The metric of this configuration, in `unit`. */
    value: finite,
    /** FP32's value on the same samples. */
    fp32: finite,
    /** How much worse `value` is than `fp32`. A positive number is a loss, whichever direction is better. */
    loss: finite,
    /** The 95% interval of `loss` (paired samples). [0, 0] for FP32 itself, whose loss is 0 by definition. */
    ci95: interval,
    /** The number of evaluation samples. */
    samples: count,
    /** The base of goals that are shares, in `unit`: a regression's label deviation. Absent if goals are losses. */
    scale: v.exactOptional(positive),
    /** Further metrics by name: AUC and F1 of a decision, MAE and R2 of a regression. */
    beside: v.exactOptional(v.record(text, finite)),
    /** The `package/adapter` that computed it, once per configuration, on the fastest exact device. */
    device: text,
  }),
  v.check(
    ({ id, unit, higherIsBetter }) => TASKS[id].unit === unit && TASKS[id].higherIsBetter === higherIsBetter,
    'the unit or the direction is not that of the task',
  ),
)
export type TaskScore = Described<typeof TaskScoreSchema>

/**
 * The distance of the output (logits) from FP32's on the same inputs. SQNR is the power of FP32's output over the power
 * of the error. For outputs that are quantities, the signal is the variance of FP32's output, because a constant offset
 * carries no information.
 */
const FidelitySchema = record({
  /** Decibels; null if there is no error (infinite). */
  sqnrDb: v.nullable(finite),
  /** The largest absolute difference of an output from its FP32 value. */
  maxAbsError: positive,
  /** The share of samples on which both give the same answer. Absent if answers are quantities. */
  agreement: v.exactOptional(fraction),
  /** The `package/adapter` that computed the output, if no score names it. */
  device: v.exactOptional(text),
})

export const RatioSchema = schemaOf<Ratio>()(record({ ratio: positive, ci95: interval }))

/** The medians of the parts of one inference, in ns. Upload and readback are wall times of one input and one output. */
const StagesSchema = record({
  /** The time from the host to the device. */
  uploadNs: positive,
  /** The steady-state time of all ops; equal to the latency's median. */
  deviceNs: positive,
  /** The time from the device to the host. */
  readbackNs: positive,
  /** The wall time from raw samples on the host to outputs on the host. */
  endToEndNs: positive,
})

/** The steady-state device time of one inference, without upload, compilation or readback. */
export const LatencySchema = record({
  /** The clock: time stamps of the GPU, or the wall clock of the host. */
  clock: v.picklist(['gpu', 'wall']),
  unit: v.literal('ns'),
  /** One figure per round, in ns. The rounds of all contenders of a workload are interleaved. */
  samples: v.pipe(v.array(positive), v.minLength(1)),
  /** The median of `samples`. */
  median: positive,
  /** The median absolute deviation from the median, not scaled. */
  mad: positive,
  /** The 95% interval of the median, from order statistics. */
  ci95: interval,
  /** The number of samples in one inference. */
  batch: count,
  /** The wall time of the first submission, with lazy compilation. */
  firstDispatchNs: positive,
  stages: StagesSchema,
  /**
   * The time of FP32 over this time, paired round by round on the same device: > 1 is faster. Absent for FP32 itself,
   * and if FP32 did not run.
   */
  vsFp32: v.exactOptional(RatioSchema),
  /**
   * The time of a fixed piece of work on the host that no change of Octet affects, measured in the same rounds: its
   * median in ns, and the median of the last third of its rounds over the first third's (> 1: the machine became
   * slower). Earlier runs lack it.
   */
  reference: v.exactOptional(record({ ns: positive, drift: positive })),
  /**
   * A calibration changes numbers, not the program, so cells of one program share one measurement. `program` tells
   * programs apart within a device. `with` is the number of other cells with the same figures.
   */
  shared: record({ program: text, with: count }),
})
export type Latency = Described<typeof LatencySchema>

export const MemorySchema = record({
  /** Weights, biases and per-channel constants as stored, without layout padding: the model's bytes on flash. */
  weightBytes: count,
  /**
   * The same bytes and the kernels' tables as the device holds them while the model runs, packed and padded in its way.
   */
  residentWeightBytes: v.exactOptional(count),
  /** The most bytes of activations alive at one time, at batch 1. */
  activationPeakBytes: count,
  /** The bytes of one block that holds the activations at planned offsets, at batch 1. Earlier runs lack it. */
  arenaBytes: v.exactOptional(count),
  /** The bytes on the device, with layout padding. */
  deviceBytes: count,
})
export type Memory = Described<typeof MemorySchema>

/** The RAM of the activations in bytes: of their planned block, or, in earlier runs, of those alive at one time. */
export function ramOf({ arenaBytes, activationPeakBytes }: Memory): number {
  return arenaBytes ?? activationPeakBytes
}

/** The energy of one inference as a meter of the machine measured it, minus the energy of the idle machine. */
export const MeasuredEnergySchema = record({
  tier: v.literal('measured'),
  joules: positive,
  ci95: interval,
  source: text,
})

/**
 * The energy of one inference, by its source: read from a meter, or modelled for a board from published runs. No figure
 * mixes the tiers.
 */
const EnergySchema = v.variant('tier', [
  MeasuredEnergySchema,
  record({
    tier: v.literal('board'),
    board: v.picklist(BOARD_IDS),
    joules: positive,
    /**
     * The least and the largest energy by the leave-one-out ratios of measurement to prediction. It is not a 95%
     * interval.
     */
    range: interval,
    source: text,
  }),
])
export type Energy = Described<typeof EnergySchema>

const place = {
  /** Unique in a run, and equal between runs for the same configuration. */
  key: text,
  /** The id of the workload. */
  workload: text,
}

const outcome = {
  /** The kernel package's id. */
  kernels: text,
  /** The device's id within the package. */
  adapter: text,
  /** `unstable`: all figures were measured, but the latency's spread is past the stated limit. */
  status: v.picklist(['ok', 'skipped', 'failed', 'unstable']),
  /** Always present unless the status is `ok`. */
  reason: v.exactOptional(text),
  /** Absent without labels. The fidelity alone then judges. */
  task: v.exactOptional(TaskScoreSchema),
  fidelity: v.exactOptional(FidelitySchema),
  /**
   * The first 16 hexadecimal digits of SHA-256 over the outputs of all evaluation samples, as float32 in the order of
   * the samples. Earlier runs lack it.
   */
  outputsHash: v.exactOptional(text),
  latency: v.exactOptional(LatencySchema),
  memory: v.exactOptional(MemorySchema),
  /** At most one energy of each tier, and of each board. */
  energy: v.exactOptional(v.pipe(v.array(EnergySchema), v.minLength(1))),
  /**
   * Steps that the device lacks and the reference ran instead: names of the model's nodes, and of conversions between
   * them.
   */
  fallbackOps: v.array(text),
  /** For each step for which the device has several kernels, the kernel that was timed. */
  variants: v.exactOptional(v.record(text, text)),
}

/** One configuration of one workload on one device. Skipped and failed cells are kept, with the reason. */
export const CellSchema = v.pipe(
  v.variant('method', [
    record({ ...place, ...CHOICES.none, ...outcome }),
    record({ ...place, ...CHOICES.ptq, ...outcome }),
    record({ ...place, ...CHOICES.qat, ...outcome }),
    record({ ...place, ...CHOICES.plan, ...outcome }),
    record({ ...place, ...CHOICES.delivered, ...outcome }),
  ]),
  v.forward(
    v.check((cell) => cell.status === 'ok' || cell.reason !== undefined, 'a cell that is not ok says why'),
    ['reason'],
  ),
)
export type Cell = Described<typeof CellSchema>
export type Status = Cell['status']
