import {
  bytesOf,
  KERNEL_PRECISION,
  type KernelDevice,
  type KernelPrecision,
  macsOf,
  type Peak,
} from '@octet/core'
import { type Effort, median, pairedRatio, race } from '@octet/core/statistics'
import { type KernelResult, type NotTimed } from '@octet/results'
import { messageOf } from '../show/message.ts'
import { type KernelContender, prepareKernel } from './contender.ts'
import { instantiate } from './instance.ts'
import type { Problem } from './problem.ts'
import { shareOfRoof } from './roof.ts'

export const KERNEL_EFFORT: Effort = { rounds: 15, regionNs: 10e6, budgetNs: 1.5e9 }

/** The variants of a kernel to look at: the device's pick, or all variants. */
export type Variants = 'picked' | 'all'

/** A precision to time with the variant that the device picks, and with other variants. */
export interface PrecisionVariants {
  readonly precision: KernelPrecision
  readonly others: readonly string[]
}

/** The device that times kernels. */
export interface TimedDevice {
  readonly kernels: string
  readonly device: KernelDevice
  readonly peaks: readonly Peak[]
}

export interface Raced {
  readonly kernels: readonly KernelResult[]
  readonly notTimed: readonly NotTimed[]
}

/**
 * Times a problem in several precisions on one device. In each round every contender has one turn, with as many copies
 * in one submission as fill the region. Times exclude compilation and upload.
 * @throws Any error of the device for a kernel that it picks itself.
 */
export async function raceKernels(
  problem: Problem,
  selected: readonly PrecisionVariants[],
  timedOn: TimedDevice,
  effort: Effort = KERNEL_EFFORT,
): Promise<Raced> {
  const contenders: KernelContender[] = []
  const notTimed: NotTimed[] = []
  try {
    for (const { precision, others } of selected) {
      const instance = instantiate(problem.spec(precision))
      const picked = await prepareKernel(precision, instance, timedOn.device)
      contenders.push(picked)
      for (const variant of others.filter((one) => one !== picked.variant))
        try {
          contenders.push(await prepareKernel(precision, instance, timedOn.device, variant))
        } catch (error) {
          notTimed.push({ ...subjectOf(problem, precision, timedOn), variant, reason: messageOf(error) })
        }
    }
    await race(contenders, effort)
  } finally {
    for (const contender of contenders) contender.free()
  }
  const baseline = contenders.find(({ precision, picked }) => precision === 'fp32' && picked)
  return { kernels: contenders.map((one) => resultOf(one, baseline, problem, timedOn)), notTimed }
}

/** The subject of a result, or of a missing result. */
export function subjectOf(
  { op, shape }: Problem,
  precision: KernelPrecision,
  { kernels, device }: Pick<TimedDevice, 'kernels' | 'device'>,
): Pick<NotTimed, 'package' | 'adapter' | 'op' | 'precision' | 'weightBits' | 'shape'> {
  return { package: kernels, adapter: device.info.id, op, ...KERNEL_PRECISION[precision], shape }
}

function resultOf(
  contender: KernelContender,
  baseline: KernelContender | undefined,
  problem: Problem,
  timedOn: TimedDevice,
): KernelResult {
  const { precision, instance, samples, picked, variant, clock, firstDispatchNs } = contender
  const ns = median(samples)
  const rates = {
    gops: rate(2 * macsOf(instance.spec), ns),
    gbps: rate(bytesMoved(contender), ns),
  }
  const ofPeak = shareOfRoof(precision, rates, timedOn.peaks)
  const comparable = baseline !== undefined && precision !== 'fp32' && samples.every((sample) => sample > 0)
  const subject = subjectOf(problem, precision, timedOn)
  return {
    ...subject,
    models: problem.models,
    variant: variant ?? timedOn.device.info.modes[subject.precision] ?? '',
    picked,
    ...rates,
    samples,
    clock,
    firstDispatchNs,
    ...(ofPeak && { ofPeak }),
    ...(comparable && { vsFp32: pairedRatio(baseline.samples, samples) }),
    peers: [],
  }
}

/** The bytes of inputs, weights, bias and output, each counted once. */
function bytesMoved({ precision, instance: { spec, constants } }: KernelContender): number {
  const tensors = [...spec.inputs, spec.output].reduce((sum, one) => sum + bytesOf(one), 0)
  if (!('weight' in constants)) return tensors
  const weights = constants.weight.data.byteLength / (KERNEL_PRECISION[precision].weightBits === 4 ? 2 : 1)
  return tensors + weights + constants.bias.byteLength
}

/** A figure per nanosecond is 10^9 per second. A clock that is too coarse to see the op gives 0. */
function rate(amount: number, ns: number): number {
  return ns > 0 ? amount / ns : 0
}
