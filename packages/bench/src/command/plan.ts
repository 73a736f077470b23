import {
  AFFINE_INT8,
  Calibration,
  type Evaluation,
  inert,
  OctetError,
  type LayerPrecision,
  type LayerSensitivity,
  modelOf,
  type Plan,
  plan,
  type PlannedModel,
  referenceEvaluator,
  type Sensitivity,
  sensitivityOf,
  SYMMETRIC_INT8,
  weightBytesOf,
} from '@octet/core'
import type { Interval } from '@octet/core/statistics'
import { DEFAULT_GOALS, pairedDropInterval } from '@octet/results'
import { inFileAsync, openWorkload } from '@octet/workloads'
import { Command } from 'commander'
import { chooseRows, evaluationOf } from '../measure/evaluation.ts'
import { DONE } from '../process/exit.ts'
import { bytes, percent, points } from '../show/number.ts'
import { type Column, render } from '../show/table.ts'
import { baselineFindings } from '../sweep/intake.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { answer } from './answer.ts'
import { jsonOption, positiveNumber, wholeNumber } from './option.ts'
import type { Invocation, Session } from './session.ts'

/** Every assignment that is tried runs over all of the samples, on the reference. */
const SAMPLES = 500
const BATCH = 50

interface Flags {
  readonly maxDrop: number
  readonly samples: number
  readonly seed: number
  readonly json?: string
}

/** `octet plan WORKLOAD`. */
export function planCommand(invocation: Invocation): Command {
  return new Command('plan')
    .description('Give each layer FP16, INT8 or 4-bit weights: the fewest bytes within an accuracy budget.')
    .argument('<workload>', 'built-in id or workload folder')
    .option(
      '--max-drop <points>',
      'most percentage points of accuracy to lose against FP16 throughout',
      positiveNumber('--max-drop'),
      100 * DEFAULT_GOALS.maxDrop,
    )
    .option('--samples <n>', 'most evaluation samples', wholeNumber('--samples', 1), SAMPLES)
    .option('--seed <n>', 'chooses the evaluation samples', wholeNumber('--seed', 0), 1)
    .addOption(jsonOption())
    .action(
      invocation.action((source: string, flags: Flags) =>
        inFileAsync(source, () => planWorkload(source, flags, invocation)),
      ),
    )
}

/** Activations by min-max, weights per channel: what differs from layer to layer is the precision alone. */
async function planWorkload(
  source: string,
  { maxDrop, samples, seed, json }: Flags,
  session: Session,
): Promise<number> {
  const { reporter } = session
  const workload = await openWorkload(source)
  const { normalizer } = workload
  if (workload.classes.length === 0)
    throw new OctetError(
      `${source}: the model has one output and so no accuracy, and plan keeps to a budget of accuracy`,
      'octet bench judges it by the SQNR of its output',
    )
  const model = modelOf(workload.graph)
  const rows = chooseRows(workload.evaluation, samples, seed)
  const batches = []
  for (let start = 0; start < rows.length; start += BATCH) {
    const part = rows.subarray(start, start + BATCH)
    const evaluation = evaluationOf(workload.evaluation, part, part.length)
    batches.push({ x: evaluation.batch(0), y: evaluation.labels })
  }
  const evaluate = referenceEvaluator(model, normalizer, batches)
  const calibration = new Calibration(model, normalizer, calibrationBatches(workload))
  const grids = { calibration: 'minmax', activations: AFFINE_INT8 }
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
  const candidates = {
    int8: await calibration.quantize({ ...grids, weights }),
    int4: await calibration.quantize({ ...grids, weights: { ...weights, bits: 4 } }),
  }
  const layers = candidates.int8.weights.size
  reporter.begin(layers)
  const sensitivity = await sensitivityOf(candidates, evaluate, (done) => {
    reporter.stage(`${workload.id}: layer ${done} of ${layers} by itself`)
    reporter.advance(1)
  })
  reporter.stage(`${workload.id}: searching`)
  const cost = weightBytesOf(model)
  const planned = await plan(candidates, { evaluate, cost, maxDrop: maxDrop / 100, sensitivity })
  reporter.end()
  const whole = { value: sensitivity.whole.fp16.accuracy, samples: rows.length }
  for (const { verdict } of baselineFindings(workload, whole, 'FP16'))
    reporter.log(`${workload.id}: ${verdict}`)
  const samplesJudged = { judged: rows.length, all: workload.evaluation.y.length }
  answer(
    session,
    json,
    asJson(workload.id, rows.length, sensitivity, planned),
    inWords(samplesJudged, maxDrop / 100, sensitivity, planned),
  )
  return DONE
}

function layerColumns({ whole }: Sensitivity): Column<LayerSensitivity>[] {
  return [
    ['layer', 'left', ({ layer }) => layer],
    ['weights', 'left', ({ precision }) => NAMES[precision]],
    ['SQNR, it alone', 'right', ({ oneIn }) => decibels(oneIn.sqnrDb)],
    ['drop, points [95%]', 'right', ({ oneIn }) => dropInWords(dropOf(whole.fp16, oneIn))],
    ['SQNR, all but it', 'right', ({ oneOut }) => decibels(oneOut.sqnrDb)],
    ['drop, points [95%]', 'right', ({ oneOut }) => dropInWords(dropOf(whole.fp16, oneOut))],
  ]
}

/** A loss of accuracy, with the 95% interval that the paired samples give it. */
interface Drop {
  readonly drop: number
  readonly ci95: Interval
}

/** What an assignment loses against FP16 throughout, sample by sample. */
function dropOf(fp16: Evaluation, { accuracy, right }: Evaluation): Drop {
  let [lost, gained] = [0, 0]
  for (const [sample, was] of fp16.right!.entries()) {
    lost += Number(was > right![sample])
    gained += Number(was < right![sample])
  }
  return { drop: fp16.accuracy - accuracy, ci95: pairedDropInterval(lost, gained, right!.length) }
}

function dropInWords({ drop, ci95: [lo, hi] }: Drop): string {
  return `${points(drop)} [${points(lo)}, ${points(hi)}]`
}

const NAMES: Readonly<Record<LayerPrecision, string>> = { fp16: 'FP16', int8: 'INT8', int4: '4-bit' }

function inWords(
  { judged, all }: { readonly judged: number; readonly all: number },
  maxDrop: number,
  sensitivity: Sensitivity,
  { best, front }: Plan,
): string {
  const { whole, layers } = sensitivity
  const columns: readonly Column<PlannedModel>[] = [
    ['weights', 'right', ({ cost }) => bytes(cost)],
    ['accuracy', 'right', ({ accuracy }) => percent(accuracy)],
    ['drop, points [95%]', 'right', (planned) => dropInWords(dropOf(whole.fp16, planned))],
    ['layers', 'left', ({ assignment }) => tally(assignment)],
  ]
  const lost = dropOf(whole.fp16, best)
  const goal = (100 * maxDrop).toFixed(2)
  const more = judged < all ? 'more --samples may' : 'they are all that there are, and only more of them may'
  const shown =
    lost.ci95[1] <= maxDrop
      ? `shown to be within ${goal}`
      : `which these samples do not show to be within ${goal}: ${more}`
  return [
    `Judged on ${judged} of ${all} evaluation samples, on the reference; sizes are as exported, two 4-bit weights a byte.`,
    '',
    render(layerColumns(sensitivity), layers),
    '',
    `Plan: ${bytes(best.cost)} of weights, ${percent(best.accuracy)}, a drop of ${dropInWords(lost)} points against FP16 throughout, ${shown}`,
    ...[...best.assignment].map(([layer, precision]) => `  ${inert(layer)}: ${NAMES[precision]}`),
    '',
    'Nothing that was tried beats these in both size and accuracy:',
    render(columns, front),
  ].join('\n')
}

function asJson(workload: string, samples: number, sensitivity: Sensitivity, { best, front }: Plan): unknown {
  const { whole, layers } = sensitivity
  const judged = (one: Evaluation): unknown => ({
    accuracy: one.accuracy,
    ...dropOf(whole.fp16, one),
    sqnrDb: Number.isFinite(one.sqnrDb) ? one.sqnrDb : null,
  })
  const plain = (planned: PlannedModel): unknown => ({
    layers: Object.fromEntries(planned.assignment),
    weightBytes: planned.cost,
    ...(judged(planned) as object),
  })
  return {
    workload,
    samples,
    best: plain(best),
    front: front.map(plain),
    sensitivity: {
      whole: { fp16: judged(whole.fp16), int8: judged(whole.int8), int4: judged(whole.int4) },
      layers: layers.map(({ layer, precision, oneIn, oneOut }) => ({
        layer,
        precision,
        oneIn: judged(oneIn),
        oneOut: judged(oneOut),
      })),
    },
  }
}

/** How many layers have which precision. */
function tally(assignment: ReadonlyMap<string, LayerPrecision>): string {
  const given = [...assignment.values()]
  return (['fp16', 'int8', 'int4'] as const)
    .map((precision) => [given.filter((one) => one === precision).length, NAMES[precision]] as const)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(', ')
}

function decibels(sqnrDb: number): string {
  return Number.isFinite(sqnrDb) ? `${sqnrDb.toFixed(1)} dB` : sqnrDb > 0 ? 'exact' : 'none'
}
