import { activationScheme, type Calibration, type Grids, SAVED, weightScheme } from '@octet/core'
import type { Configuration, Sufficiency } from '@octet/results'
import { sizeOf } from '@octet/workloads'
import { curvesOf, modelsOf, undrawnFor } from '../calibrate/curves.ts'
import { ofWorkload } from '../quantize/source.ts'
import type { SweepContext } from './context.ts'
import type { Subject } from './subject.ts'

/** Draws of each size. `octet calibrate` takes more draws, which narrows the intervals. */
const DRAWS = 4
/** The smallest size is a sixteenth of the samples. */
const SIZES_SPAN = 16
const FEWEST_SAMPLES = 4
/** The most multiply-adds for all models of a workload together, and the number of samples that judge each model. */
const BUDGET_MACS = 4e9
const FEWEST_JUDGED = 100
const MOST_JUDGED = 500

/**
 * The number of calibration samples that is enough for the first INT8 configuration of a sweep, preferably a
 * per-channel configuration. Undefined if samples cannot be drawn, or if it would take more work than a sweep allows.
 */
export async function sufficiencyFor(
  { info, workload, model, macs }: Subject,
  calibration: Calibration,
  configurations: readonly Configuration[],
  { options, exact }: SweepContext,
): Promise<Sufficiency | undefined> {
  const source = ofWorkload(workload)
  const grids = gridsOf(configurations)
  if (options.quick || grids === undefined || undrawnFor(source) !== undefined) return undefined
  const count = sizeOf(workload.calibration)
  const least = Math.max(FEWEST_SAMPLES, Math.floor(count / SIZES_SPAN))
  const models = modelsOf(count, { draws: DRAWS, least })
  const observing = (macs * count * DRAWS) / 2
  const most = Math.min(MOST_JUDGED, Math.floor((BUDGET_MACS - observing) / (macs * models)))
  if (most < Math.min(FEWEST_JUDGED, sizeOf(workload.evaluation))) return undefined
  const { observations } = await calibration.calibrated()
  const request = { draws: DRAWS, seed: options.seed, least, most }
  const { curves, ...about } = await curvesOf(source, { model, observations, exact }, [grids], request)
  const [{ points, sufficiency }] = curves
  return {
    workload: info.id,
    calibration: grids.calibration,
    calibrationSamples: count,
    draws: DRAWS,
    ...about,
    points: [...points],
    ...(sufficiency && { sufficiency: { ...sufficiency, doubts: [...sufficiency.doubts] } }),
  }
}

function gridsOf(configurations: readonly Configuration[]): Grids | undefined {
  const quantized = configurations.flatMap((one) =>
    one.precision === 'int8' && one.method === 'ptq' && one.calibration !== SAVED ? one : [],
  )
  const one = quantized.find(({ weights }) => weights.granularity === 'per-channel') ?? quantized[0]
  if (one === undefined) return undefined
  const { calibration, activations, weights } = one
  return { calibration, activations: activationScheme(activations), weights: weightScheme(weights) }
}
