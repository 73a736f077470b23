import {
  Calibration,
  type Evaluation,
  inert,
  inUnit,
  largestBatch,
  lower,
  macsOfProgram,
  type ScoredTask,
  named,
  OctetError,
  type LayerSensitivity,
  modelOf,
  type Plan,
  plan,
  type PlannedModel,
  referenceEvaluator,
  type Sensitivity,
  sensitivityOf,
  type Tally,
  TASKS,
  type Assignment,
  type Model,
  weightBytesOf,
  withUnit,
} from '@octet/core'
import type { MeasuredLoss } from '@octet/core/statistics'
import { LAYER_PRECISION_NAMES, layersInWords } from '@octet/results'
import { inFileAsync, sizeOf } from '@octet/workloads'
import { Command } from 'commander'
import { openExact } from '../discover/exact.ts'
import { randomCases } from '@octet/core/conformance'
import type { RenewableDevice } from '../discover/renewable.ts'
import { sample as sampleCases } from '../vet/sample.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { packageRoots } from '../discover/roots.ts'
import { chooseRows, evaluationOf } from '../measure/evaluation.ts'
import { ContenderFault } from '../measure/latency.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { candidatesOf } from '../quantize/plan.ts'
import { PlanTiming, type PlanVerdict, type RacedPlan, verdictOf } from '../plan/timing.ts'
import { messageOf } from '../show/message.ts'
import { raceInWords } from '../show/plan-race.ts'
import { bytes, lossHead, lossWithInterval, nanoseconds } from '../show/number.ts'
import { type Column, render } from '../show/rows.ts'
import { openEvaluated } from '../source/open.ts'
import { baselineFindings } from '../sweep/intake.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { answer } from './answer.ts'
import { maxDropOption, maxLossBy } from './max-drop.ts'
import { adapterOption, jsonOption, kernelsOption, oneOf, wholeNumber } from './option.ts'
import { openWanted } from '../discover/open-wanted.ts'
import type { Invocation, Session } from './session.ts'
import { filesOf, type SourceFlags, withSourceOptions } from './source-option.ts'

/** Every tried assignment runs over all of these samples on the reference. */
const SAMPLES = 500
const BATCH = 50

const COSTS = ['bytes', 'latency'] as const

interface Flags extends SourceFlags {
  readonly maxDrop?: number
  readonly cost: (typeof COSTS)[number]
  readonly kernels?: readonly string[]
  readonly adapter: string
  readonly samples: number
  readonly seed: number
  readonly json?: string
}

/** `octet plan SOURCE`. */
export function planCommand(invocation: Invocation): Command {
  const command = new Command('plan')
    .description(
      'Choose FP16, INT8 or 4-bit weights for each layer, so that the cost is lowest within a limit of accuracy loss.',
    )
    .argument('<source>', 'built-in id, workload folder, or a MODEL.onnx with --eval and --labels')
  return withSourceOptions(command)
    .addOption(maxDropOption('FP16 throughout'))
    .option(
      '--cost <what>',
      'the cost to minimize: bytes of weights, or latency, which Octet measures layer by layer on a device',
      oneOf('--cost', COSTS),
      'bytes',
    )
    .addOption(
      kernelsOption(' that measure latency: the first that opens (default: all discovered packages)'),
    )
    .addOption(adapterOption())
    .option('--samples <n>', 'the most evaluation samples', wholeNumber('--samples', 1), SAMPLES)
    .option('--seed <n>', 'seed that draws the evaluation samples', wholeNumber('--seed', 0), 1)
    .addOption(jsonOption())
    .action(
      invocation.action((source: string, flags: Flags) =>
        inFileAsync(source, () => planWorkload(source, flags, invocation)),
      ),
    )
}

/** Min-max activations and per-channel weights. Only the precision differs from layer to layer. */
async function planWorkload(source: string, flags: Flags, session: Session): Promise<number> {
  const { maxDrop, samples, seed, json } = flags
  const { reporter } = session
  const workload = await openEvaluated(source, await filesOf(flags))
  const { normalizer } = workload
  if (workload.task === 'none')
    throw new OctetError(
      `${source}: ${TASKS.none.reason}, and octet plan limits a loss of accuracy`,
      'octet bench judges it by the SQNR of its output; or give --task features, or "task": "features" ' +
        'in manifest.json',
    )
  const task: ScoredTask = TASKS[workload.task]
  const model = modelOf(workload.graph)
  const device = await deviceFor(flags, session)
  const rows = chooseRows(workload.evaluation, samples, seed, workload.graph.states !== undefined)
  const batches = []
  const size = Math.min(BATCH, largestBatch(workload.graph))
  for (let start = 0; start < rows.length; start += size) {
    const part = rows.subarray(start, start + size)
    const evaluation = evaluationOf(workload.evaluation, part, part.length)
    batches.push({ x: evaluation.batch(0), y: evaluation.labels })
  }
  const { found } = await discoverKernels(packageRoots())
  const macs = macsOfProgram(lower({ precision: 'fp32', model }, { batch: 1, normalizer }))
  const exact = await openExact(found, macs * rows.length, reporter)
  const evaluate = referenceEvaluator(model, normalizer, batches, task, {
    ...(exact && { exact }),
    decision: workload.decision,
  })
  const calibration = new Calibration(model, normalizer, calibrationBatches(workload), exact)
  const candidates = await candidatesOf(calibration)
  const sample = evaluationOf(workload.evaluation, rows.subarray(0, 1), 1).batch(0)
  const timing = device && new PlanTiming(device, { candidates, normalizer, sample })
  if (timing !== undefined) {
    reporter.stage(`${workload.id}: timing layers on ${timing.device}`)
    await timing.measureLayers()
  }
  const layers = candidates.int8.weights.size
  reporter.begin(layers)
  const sensitivity = await sensitivityOf(candidates, evaluate, (done) => {
    reporter.stage(`${workload.id}: layer ${done} of ${layers} by itself`)
    reporter.advance(1)
  })
  reporter.stage(`${workload.id}: searching`)
  const maxLoss = maxLossBy(maxDrop, workload.task) * (sensitivity.whole.fp16.tally!.scale ?? 1)
  const planned = await plan(candidates, {
    evaluate,
    maxLoss,
    sensitivity,
    cost: timing?.layer ?? weightBytesOf(model),
    ...(timing && { total: (assignment) => timing.predict(assignment) }),
  })
  reporter.end()
  await exact?.dispose()
  for (const { verdict } of baselineFindings(workload, sensitivity.whole.fp16.tally!, 'FP16'))
    reporter.log(`${workload.id}: ${verdict}`)
  const judged = { task, fp16: sensitivity.whole.fp16.tally!, all: sizeOf(workload.evaluation), maxLoss }
  const outcome: Outcome = {
    ...planned,
    bytesOf: ({ assignment }) => weightBytes(model, assignment),
    ...(timing && (await raceOrReason(timing, planned, sensitivity, judged))),
  }
  answer(
    session,
    json,
    asJson(workload.id, judged, sensitivity, outcome),
    inWords(judged, sensitivity, outcome),
  )
  return outcome.untimed === undefined ? DONE : FAILED
}

/** A plan, with its time if the cost is latency. */
interface Outcome extends Plan {
  readonly bytesOf: (planned: PlannedModel) => number
  readonly timed?: {
    readonly device: string
    readonly raced: readonly RacedPlan[]
    readonly verdict: PlanVerdict
  }
  /** The reason why the plan was not timed, although its cost is latency. */
  readonly untimed?: string
}

/** The device that measures latency. Undefined if the cost is bytes. */
async function deviceFor(
  { cost, kernels, adapter }: Flags,
  session: Session,
): Promise<RenewableDevice | undefined> {
  if (cost === 'latency') {
    const trial = { cases: sampleCases(randomCases()) }
    const wanted = { ...(kernels && { kernels }), adapter, first: true }
    const { open } = await openWanted(wanted, trial, session)
    return open[0]
  }
  if (kernels !== undefined || adapter !== 'auto')
    throw new OctetError(
      '--kernels and --adapter select the device for measuring latency',
      'add --cost latency',
    )
  return undefined
}

/** The most mixed plans that are timed. */
const MOST_MIXED = 3

/**
 * Times the plans with the fastest predictions within the budget, together with models of one precision within it. The
 * best plan is the fastest mixed plan if it is faster than all of those models. Otherwise it is the fastest of the
 * models that a plan can name.
 */
async function race(
  timing: PlanTiming,
  { best, front }: Plan,
  { whole }: Sensitivity,
  judged: Judged,
): Promise<Pick<Outcome, 'best' | 'timed'>> {
  const holds = (one: Evaluation): boolean => lossOf(judged, one).loss <= judged.maxLoss
  const layers = [...best.assignment.keys()]
  const plans = new Map<string, PlannedModel>()
  for (const precision of ['fp16', 'int8', 'w4a8'] as const) {
    const assignment: Assignment = new Map(layers.map((layer) => [layer, precision]))
    const one = { ...whole[precision], assignment, cost: timing.predict(assignment) }
    if (holds(one)) plans.set(LAYER_PRECISION_NAMES[precision], one)
  }
  const isMixed = ({ assignment }: PlannedModel): boolean => new Set(assignment.values()).size > 1
  const mixed = [best, ...front.filter((one) => one !== best)].filter((one) => isMixed(one) && holds(one))
  const names = mixed.slice(0, MOST_MIXED).map((one, i) => {
    plans.set(`mix ${i + 1}`, one)
    return `mix ${i + 1}`
  })
  const raced = await timing.race(new Map(Array.from(plans, ([name, { assignment }]) => [name, assignment])))
  const verdict = verdictOf(raced, new Set(names))
  const fastest = raced
    .filter(({ name }) => plans.has(name) && (verdict.isFaster || !names.includes(name)))
    .toSorted((a, b) => a.ns - b.ns)
  return {
    best: plans.get(fastest[0].name)!,
    timed: { device: timing.device, raced, verdict },
  }
}

/** Times the plans. If that fails, the predicted plan stays, with the reason. */
async function raceOrReason(
  ...args: Parameters<typeof race>
): Promise<Pick<Outcome, 'best' | 'timed'> | Pick<Outcome, 'untimed'>> {
  try {
    return await race(...args)
  } catch (error) {
    const name = error instanceof ContenderFault ? `${error.key}: ` : ''
    return { untimed: `${name}${messageOf(error)}` }
  }
}

/** Bytes of an assignment's weights, as exported. */
function weightBytes(model: Model, assignment: Assignment): number {
  const cost = weightBytesOf(model)
  return [...assignment].reduce((sum, [layer, precision]) => sum + cost(layer, precision), 0)
}

function layerColumns(judged: Judged): Column<LayerSensitivity>[] {
  const loss = lossHead(judged.task.loss)
  return [
    ['layer', 'left', ({ layer }) => layer],
    ['weights', 'left', ({ precision }) => LAYER_PRECISION_NAMES[precision]],
    ['SQNR, it alone', 'right', ({ oneIn }) => decibels(oneIn.sqnrDb)],
    [loss, 'right', ({ oneIn }) => lossInWords(judged, oneIn)],
    ['SQNR, all but it', 'right', ({ oneOut }) => decibels(oneOut.sqnrDb)],
    [loss, 'right', ({ oneOut }) => lossInWords(judged, oneOut)],
  ]
}

/** The basis of a plan: the task, the results in FP16 on the judged samples, and the budget. */
interface Judged {
  readonly task: ScoredTask
  readonly fp16: Tally
  /** The number of evaluation samples. */
  readonly all: number
  readonly maxLoss: number
}

/** The loss of an assignment against a model with all layers in FP16, sample by sample. */
function lossOf({ task, fp16 }: Judged, { tally }: Evaluation): MeasuredLoss {
  return task.lossOf(tally!, fp16)
}

function lossInWords(judged: Judged, one: Evaluation): string {
  return lossWithInterval(lossOf(judged, one), judged.task.loss)
}

function inWords(judged: Judged, { layers }: Sensitivity, outcome: Outcome): string {
  const { best, front, bytesOf, timed, untimed } = outcome
  const isPredicted = timed !== undefined || untimed !== undefined
  const { task, fp16, all, maxLoss } = judged
  const { noun, loss } = task
  const valueOf = ({ tally }: Evaluation): string => withUnit(tally!.value, task.value)
  const columns: readonly Column<PlannedModel>[] = [
    ['weights', 'right', (planned) => bytes(bytesOf(planned))],
    ...(isPredicted ? [['predicted', 'right', ({ cost }: PlannedModel) => nanoseconds(cost)] as const] : []),
    [noun, 'right', valueOf],
    [lossHead(loss), 'right', (planned) => lossInWords(judged, planned)],
    ['layers', 'left', ({ assignment }) => layersInWords([...assignment.values()])],
  ]
  const goal = inUnit(maxLoss, loss)
  const more =
    fp16.samples < all ? 'more --samples may' : 'they are all that there are, and only more of them may'
  const shown =
    lossOf(judged, best).ci95[1] <= maxLoss
      ? `shown to be within ${goal}`
      : `but these samples do not show that it is within ${goal}: ${more}`
  return [
    `Judged on ${fp16.samples} of ${all} evaluation samples, on the reference; sizes are as exported, ` +
      'two 4-bit weights a byte.',
    '',
    render(layerColumns(judged), layers),
    '',
    `Plan: ${bytes(bytesOf(best))} of weights, ${valueOf(best)}, a ${loss.noun} of ` +
      `${named(lossInWords(judged, best), loss)} against FP16 throughout, ${shown}`,
    ...[...best.assignment].map(
      ([layer, precision]) => `  ${inert(layer)}: ${LAYER_PRECISION_NAMES[precision]}`,
    ),
    '',
    ...(timed === undefined ? [] : [raceInWords(timed.device, timed.raced, timed.verdict), '']),
    ...(untimed === undefined
      ? []
      : [`The plan is by prediction alone, as timing plans failed: ${inert(untimed)}`, '']),
    `No tested plan beats these in both ${isPredicted ? 'predicted time' : 'size'} and ${noun}:`,
    render(columns, front),
  ].join('\n')
}

function asJson(
  workload: string,
  judged: Judged,
  { whole, layers }: Sensitivity,
  { best, front, bytesOf, timed, untimed }: Outcome,
): unknown {
  const { noun, loss } = judged.task
  const { samples } = judged.fp16
  const figures = (one: Evaluation): object => ({
    [noun]: one.tally!.value,
    [loss.noun]: lossOf(judged, one).loss,
    ci95: lossOf(judged, one).ci95,
    sqnrDb: Number.isFinite(one.sqnrDb) ? one.sqnrDb : null,
  })
  const plain = (planned: PlannedModel): unknown => ({
    layers: Object.fromEntries(planned.assignment),
    weightBytes: bytesOf(planned),
    ...((timed ?? untimed) !== undefined && { predictedNs: planned.cost }),
    ...figures(planned),
  })
  return {
    workload,
    samples,
    best: plain(best),
    front: front.map(plain),
    ...(timed && { timed }),
    ...(untimed !== undefined && { untimed }),
    sensitivity: {
      whole: { fp16: figures(whole.fp16), int8: figures(whole.int8), w4a8: figures(whole.w4a8) },
      layers: layers.map(({ layer, precision, oneIn, oneOut }) => ({
        layer,
        precision,
        oneIn: figures(oneIn),
        oneOut: figures(oneOut),
      })),
    },
  }
}

function decibels(sqnrDb: number): string {
  return Number.isFinite(sqnrDb) ? `${sqnrDb.toFixed(1)} dB` : sqnrDb > 0 ? 'exact' : 'none'
}
