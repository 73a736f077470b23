import type { KernelDevice, Peak } from '@octet/core'
import { type KernelResult, median, type NotTimed, pairedRatio } from '@octet/results'
import { bytesOf, macsOf } from '../measure/work.ts'
import { messageOf } from '../show/message.ts'
import { type Arithmetic, storedAs } from './arithmetic.ts'
import { Contender } from './contender.ts'
import { instantiate } from './instance.ts'
import type { Problem } from './problem.ts'
import { shareOfRoof } from './roof.ts'
import { interleave, type KernelEffort } from './rounds.ts'

export const KERNEL_EFFORT: KernelEffort = { rounds: 15, regionNs: 10e6, budgetNs: 1.5e9 }

/** Which variants of a kernel are looked at: the one that the device picks, or all that it has. */
export type Variants = 'picked' | 'all'

/** An arithmetic to time by the variant that the device picks, and by others. */
export interface Entrant {
  readonly arithmetic: Arithmetic
  readonly others: readonly string[]
}

/** Where kernels are timed. */
export interface Track {
  readonly kernels: string
  readonly device: KernelDevice
  readonly peaks: readonly Peak[]
}

export interface Raced {
  readonly kernels: readonly KernelResult[]
  readonly notTimed: readonly NotTimed[]
}

/**
 * Times a problem in several arithmetics on one device. One round times each contender in turn, as many copies in one
 * submission as fill the region. Compilation and upload are outside.
 * @throws What the device throws on a kernel that it picks by itself.
 */
export async function raceKernels(
  problem: Problem,
  entrants: readonly Entrant[],
  track: Track,
  effort: KernelEffort = KERNEL_EFFORT,
): Promise<Raced> {
  const contenders: Contender[] = []
  const notTimed: NotTimed[] = []
  try {
    for (const { arithmetic, others } of entrants) {
      const instance = instantiate(problem.spec(arithmetic))
      const picked = await Contender.prepare(arithmetic, instance, track.device)
      contenders.push(picked)
      for (const variant of others.filter((one) => one !== picked.variant))
        try {
          contenders.push(await Contender.prepare(arithmetic, instance, track.device, variant))
        } catch (error) {
          notTimed.push({ ...subjectOf(problem, arithmetic, track), variant, reason: messageOf(error) })
        }
    }
    let lapNs = 0
    for (const contender of contenders) lapNs += await contender.fill(effort.regionNs)
    await interleave(
      contenders.map((contender) => () => contender.run()),
      lapNs,
      effort,
    )
  } finally {
    for (const contender of contenders) contender.free()
  }
  const baseline = contenders.find(({ arithmetic, picked }) => arithmetic === 'fp32' && picked)
  return { kernels: contenders.map((one) => resultOf(one, baseline, problem, track)), notTimed }
}

/** What a result, or its absence, is about. */
export function subjectOf(
  { op, shape }: Problem,
  arithmetic: Arithmetic,
  { kernels, device }: Pick<Track, 'kernels' | 'device'>,
): Pick<NotTimed, 'package' | 'adapter' | 'op' | 'precision' | 'weightBits' | 'shape'> {
  return { package: kernels, adapter: device.info.id, op, ...storedAs(arithmetic), shape }
}

function resultOf(
  contender: Contender,
  baseline: Contender | undefined,
  problem: Problem,
  track: Track,
): KernelResult {
  const { arithmetic, instance, samples, picked, variant, clock, firstDispatchNs } = contender
  const ns = median(samples)
  const rates = {
    gops: rate(2 * macsOf(instance.spec), ns),
    gbps: rate(bytesMoved(contender), ns),
  }
  const ofPeak = shareOfRoof(arithmetic, rates, track.peaks)
  const comparable = baseline !== undefined && arithmetic !== 'fp32' && samples.every((sample) => sample > 0)
  const subject = subjectOf(problem, arithmetic, track)
  return {
    ...subject,
    models: problem.models,
    variant: variant ?? track.device.info.modes[subject.precision] ?? '',
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

/** Inputs, weights, bias and output, once each. */
function bytesMoved({ arithmetic, instance: { spec, constants } }: Contender): number {
  const tensors = [...spec.inputs, spec.output].reduce((sum, one) => sum + bytesOf(one), 0)
  if (!('weight' in constants)) return tensors
  const weights = constants.weight.data.byteLength / (arithmetic === 'w4a8' ? 2 : 1)
  return tensors + weights + constants.bias.byteLength
}

/** Figures a nanosecond are 10^9 a second; a clock too coarse to see the op gives 0. */
function rate(amount: number, ns: number): number {
  return ns > 0 ? amount / ns : 0
}
