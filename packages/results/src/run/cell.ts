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

/** The metric of a task over the evaluation samples, beside FP32's on the very same samples. */
const TaskScoreSchema = v.pipe(
  record({
    id: v.picklist(SCORED_TASKS),
    /** For example `top-1 accuracy`. */
    metric: text,
    /** Of `value`, `fp32`, `loss` and `ci95`, for example `fraction`. */
    unit: text,
    higherIsBetter: v.boolean(),
    value: finite,
    /** FP32's value on the same samples. */
    fp32: finite,
    /** How much worse `value` is than `fp32`: positive is a loss, whichever direction is better. */
    loss: finite,
    /** 95% interval of `loss` (paired samples). [0, 0] for FP32 itself, whose loss is 0 by definition. */
    ci95: interval,
    samples: count,
    /** The base of goals that are shares, in `unit`: a regression's label deviation. Absent where goals are losses. */
    scale: v.exactOptional(positive),
    /** Metrics beside this one, by name: AUC and F1 of a decision, MAE and R2 of a regression. */
    beside: v.exactOptional(v.record(text, finite)),
    /** `package/adapter` that computed it: once per configuration, on the fastest exact device. */
    device: text,
  }),
  v.check(
    ({ id, unit, higherIsBetter }) => TASKS[id].unit === unit && TASKS[id].higherIsBetter === higherIsBetter,
    'the unit or the direction is not that of the task',
  ),
)
export type TaskScore = Described<typeof TaskScoreSchema>

/**
 * Distance of the output (logits) from FP32's on the same inputs. SQNR is the power of FP32's output over that of the
 * error; of outputs that are quantities it is the variance of FP32's over the error's power, as a constant offset tells
 * nothing there.
 */
const FidelitySchema = record({
  /** Decibels; null when there is no error at all (infinite). */
  sqnrDb: v.nullable(finite),
  maxAbsError: positive,
  /** Share of samples that both answer alike. Absent where answers are quantities. */
  agreement: v.exactOptional(fraction),
  /** `package/adapter` that computed the output, where no score says so. */
  device: v.exactOptional(text),
})

export const RatioSchema = schemaOf<Ratio>()(record({ ratio: positive, ci95: interval }))

/** Medians of the parts of one inference, in ns. Upload and readback are wall time of one input and one output. */
const StagesSchema = record({
  uploadNs: positive,
  /** Steady state, all ops; the same figure as the latency's median. */
  deviceNs: positive,
  readbackNs: positive,
  /** Wall time from raw samples on the host to outputs on the host. */
  endToEndNs: positive,
})

/** Steady-state device time of one inference: no upload, compilation or readback in it. */
export const LatencySchema = record({
  clock: v.picklist(['gpu', 'wall']),
  unit: v.literal('ns'),
  /** One figure per round; rounds of all contenders of a workload are interleaved. */
  samples: v.pipe(v.array(positive), v.minLength(1)),
  median: positive,
  /** Median absolute deviation from the median, not scaled. */
  mad: positive,
  /** 95% interval of the median, from order statistics. */
  ci95: interval,
  /** Samples in one inference. */
  batch: count,
  /** The first submission's wall time, lazy compilation included. */
  firstDispatchNs: positive,
  stages: StagesSchema,
  /**
   * Time of FP32 over this one's, paired round by round on the same device: > 1 is faster. Absent on FP32 itself and
   * where FP32 did not run.
   */
  vsFp32: v.exactOptional(RatioSchema),
  /**
   * A fixed piece of work of the host's, which no change of ours touches, timed in the same rounds: its median in ns,
   * and the median of the last third of its rounds over that of the first (> 1: the machine became slower). Earlier
   * runs lack it.
   */
  reference: v.exactOptional(record({ ns: positive, drift: positive })),
  /**
   * A calibration changes numbers, not the program, so that cells of one program share one measurement. `program`
   * tells programs apart within a device; `with` is the number of other cells that carry the same figures.
   */
  shared: record({ program: text, with: count }),
})
export type Latency = Described<typeof LatencySchema>

export const MemorySchema = record({
  /** Weights, biases and per-channel constants as stored, without layout padding: the model's bytes on flash. */
  weightBytes: count,
  /** The same, and the kernels' tables, as the device holds them while the model runs: packed its way and padded. */
  residentWeightBytes: v.exactOptional(count),
  /** Most bytes of activations alive at one time, batch 1. */
  activationPeakBytes: count,
  /** Bytes of one block that holds the activations at planned offsets, batch 1. Earlier runs lack it. */
  arenaBytes: v.exactOptional(count),
  /** Bytes held on the device, layout padding included. */
  deviceBytes: count,
})
export type Memory = Described<typeof MemorySchema>

/** Bytes of RAM that activations take: of their block as laid out, or in earlier runs of those alive at one time. */
export function ramOf({ arenaBytes, activationPeakBytes }: Memory): number {
  return arenaBytes ?? activationPeakBytes
}

/** Energy of one inference, as a meter of the machine measured it, minus the energy of the idle machine. */
export const MeasuredEnergySchema = record({
  tier: v.literal('measured'),
  joules: positive,
  ci95: interval,
  source: text,
})

/**
 * Energy of one inference, by the way that it was found: read from a meter, or modelled for a board from runs that
 * were published of it. The tiers are never mixed in one figure.
 */
const EnergySchema = v.variant('tier', [
  MeasuredEnergySchema,
  record({
    tier: v.literal('board'),
    board: v.picklist(BOARD_IDS),
    joules: positive,
    /** From the least to the most that a left-out model took of its prediction: no 95% interval. */
    range: interval,
    source: text,
  }),
])
export type Energy = Described<typeof EnergySchema>

const place = {
  /** Unique in a run, and equal between runs for the same configuration. */
  key: text,
  workload: text,
}

const outcome = {
  /** Kernel package id. */
  kernels: text,
  /** Device id within the package. */
  adapter: text,
  /** `unstable`: all was measured, but the latency's spread is past the stated limit. */
  status: v.picklist(['ok', 'skipped', 'failed', 'unstable']),
  /** Always there unless the status is `ok`. */
  reason: v.exactOptional(text),
  /** Absent without labels: then the fidelity alone judges. */
  task: v.exactOptional(TaskScoreSchema),
  fidelity: v.exactOptional(FidelitySchema),
  /**
   * The first 16 hexadecimal digits of SHA-256 over the outputs of all evaluation samples, as float32 in the order of
   * the samples. Earlier runs lack it.
   */
  outputsHash: v.exactOptional(text),
  latency: v.exactOptional(LatencySchema),
  memory: v.exactOptional(MemorySchema),
  /** At most one of each tier, and of each board. */
  energy: v.exactOptional(v.pipe(v.array(EnergySchema), v.minLength(1))),
  /**
   * Steps that the device lacks and the reference ran instead: names of the model's nodes, and of conversions
   * between them.
   */
  fallbackOps: v.array(text),
  /** By step that the device has several kernels for: the one that was timed. */
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
