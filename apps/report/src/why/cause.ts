import { TASKS } from '@octet/core'
import {
  type Cell,
  configurationKey,
  formatName,
  type Goals,
  type Layer,
  meetsGoals,
  type Run,
  transformsOf,
} from '@octet/results'
import { decibels, grouped, share } from '../format/number.ts'
import { lossInWords } from '../format/task.ts'
import { ranked, type Ranked, sqnrOf } from '../layers/ranking.ts'
import { hardestOf, verdictOf } from '../network/account.ts'

/** The cause of a configuration's large loss: a sentence, and the tensor that shows it, if there is one. */
export interface Cause {
  readonly cell: Cell
  readonly sentence: string
  readonly tensor?: string
  /** Causes of one kind with the same storage of weights count as one cause, whatever the calibration. */
  readonly kind?: string
  /** The number of other configurations with the same cause. */
  readonly alike?: number
}

/** Another configuration explains a loss if its own loss is at most this share of it. */
const EXPLAINS = 0.5

/**
 * The causes of the configurations that miss the goal of loss in one workload, each cause once, the largest loss first.
 * A cause is a single choice in which a configuration differs from another whose loss is at most half as large.
 */
export function causesOf(run: Run, workload: string, goals: Goals): Cause[] {
  const own = run.cells.filter((cell) => cell.workload === workload)
  const bad = own.filter(
    (cell) =>
      cell.method !== 'none' &&
      cell.task !== undefined &&
      cell.task.loss > 0 &&
      !meetsGoals(cell, lossOnly(goals)),
  )
  const once = new Map(bad.map((cell) => [configurationKey(cell), cell]))
  const causes = [...once.values()]
    .toSorted((a, b) => lossOf(b) - lossOf(a))
    .map((cell) => causeOf(run, cell))
  const kindOf = ({ kind, cell }: Cause): string => kind ?? cell.key
  const first = new Map(causes.toReversed().map((cause) => [kindOf(cause), cause]))
  return causes
    .filter((cause) => first.get(kindOf(cause)) === cause)
    .map((cause) => {
      const alike = causes.filter((other) => kindOf(other) === kindOf(cause)).length - 1
      return alike > 0 ? Object.assign({ alike }, cause) : cause
    })
}

/** The cause of one configuration's loss. */
export function causeOf(run: Run, cell: Cell): Cause {
  const others = run.cells.filter(({ workload, task }) => workload === cell.workload && task !== undefined)
  const better = WAYS.flatMap(({ kind, differs, explain }) => {
    const best = least(others.filter((other) => differs(cell, other)))
    return best !== undefined && lossOf(best) <= EXPLAINS * lossOf(cell) ? [{ best, kind, explain }] : []
  }).toSorted((a, b) => lossOf(a.best) - lossOf(b.best))[0]
  if (better !== undefined) {
    const { bits, granularity } = cell.weights
    const storage = cell.method === 'plan' ? cell.plan : bits
    return {
      cell,
      ...better.explain(run, cell, better.best),
      ...(better.kind !== undefined && { kind: [better.kind, storage, granularity].join(' ') }),
    }
  }
  const [hardest] = tensorsOf(run, cell).toSorted((a, b) => sqnrOf(a.own) - sqnrOf(b.own))
  const head =
    `${loses(cell)}, and no measured configuration that differs in only one choice loses at most half ` +
    'as much'
  return hardest === undefined
    ? { cell, sentence: `${head}.` }
    : {
        cell,
        tensor: hardest.layer.tensor,
        sentence:
          `${head}: its hardest tensor is “${hardest.layer.tensor}”, with ` +
          `${decibels(hardest.own.sqnrDb)} dB.`,
      }
}

/** One choice of a configuration, and the loss that it explains if another choice loses much less. */
interface Way {
  /** Set if the cause lies in the weights and not in the ranges of activations. */
  readonly kind?: string
  /** Whether two configurations differ only in this choice. */
  readonly differs: (cell: Cell, other: Cell) => boolean
  readonly explain: (run: Run, cell: Cell, better: Cell) => Omit<Cause, 'cell'>
}

const WAYS: readonly Way[] = [
  {
    differs: (cell, other) =>
      equal(cell, other, 'method', 'transforms', 'weights', 'activations') &&
      cell.calibration !== other.calibration,
    explain: rangesExplain,
  },
  {
    kind: 'granularity',
    differs: (cell, other) =>
      equal(cell, other, 'method', 'transforms', 'calibration', 'activations', 'bits') &&
      cell.weights.granularity === 'per-tensor' &&
      other.weights.granularity === 'per-channel',
    explain: sharingExplains,
  },
  {
    kind: 'bits',
    differs: (cell, other) =>
      equal(cell, other, 'method', 'transforms', 'calibration', 'activations', 'granularity') &&
      cell.weights.bits < other.weights.bits,
    explain: (_, cell, better) => ({
      sentence:
        `${loses(cell)}, and ${lossIn(better)} with ${better.weights.bits}-bit weights: ` +
        `${2 ** cell.weights.bits} levels are too few for its weights.`,
    }),
  },
  {
    kind: 'rounding',
    differs: (cell, other) =>
      equal(cell, other, 'method', 'calibration', 'weights', 'activations') &&
      transformsOf(other).length > transformsOf(cell).length,
    explain: (_, cell, better) => ({
      sentence:
        `${loses(cell)}, and ${lossIn(better)} after ${transformsOf(better).join(', ')}: rounding to ` +
        'nearest is the cause.',
    }),
  },
]

/** The layer whose channels suffer most from sharing one scale. */
function sharingExplains({ networks = [] }: Run, cell: Cell, better: Cell): Omit<Cause, 'cell'> {
  const head =
    `${loses(cell)}, with one scale for all weights of a layer, and ${lossIn(better)} with a scale for ` +
    'each channel: the channels’ weights have ranges too different for one scale'
  const network = networks.find(({ workload }) => workload === cell.workload)
  const worst = network && hardestOf(network, 'perTensor')
  if (worst?.alone === undefined || verdictOf(worst, 'perTensor').tone === 'good')
    return { sentence: `${head}.` }
  const { name, output, alone } = worst
  return {
    tensor: output,
    sentence:
      `${head}, most of all in “${name}”, which alone in 8 bits leaves the output ` +
      `${decibels(alone.perTensor)} dB (with a scale for each channel: ${decibels(alone.perChannel)} ` +
      'dB).',
  }
}

/** The tensor that a calibrator keeps worst, compared with a calibrator that loses less with the same weights. */
function rangesExplain(run: Run, cell: Cell, better: Cell): Omit<Cause, 'cell'> {
  const head = `${loses(cell)}, and ${better.calibration} ${lossIn(better)} with the same weights`
  const [worst] = tensorsOf(run, cell)
    .flatMap(({ layer, own }) => {
      const other = ranked(layer).find(({ name }) => name === better.calibration)
      return other === undefined ? [] : [{ layer, own, other, gap: shown(other) - shown(own) }]
    })
    .toSorted((a, b) => b.gap - a.gap)
  if (worst === undefined || worst.gap <= 0)
    return { sentence: `${head}: its ranges of activations are the cause.` }
  const { layer, own, other } = worst
  return {
    tensor: layer.tensor,
    sentence:
      `${head}: it clips ${share(own.clipped)} of “${layer.tensor}”, which uses ` +
      `${grouped(own.usedLevels)} of 256 levels and keeps ${decibels(own.sqnrDb)} dB ` +
      `(${better.calibration}: ${decibels(other.sqnrDb)} dB).`,
  }
}

function tensorsOf({ layers }: Run, cell: Cell): { layer: Layer; own: Ranked }[] {
  return layers
    .filter(({ workload }) => workload === cell.workload)
    .flatMap((layer) => {
      const own = ranked(layer).find(({ name }) => name === cell.calibration)
      return own === undefined ? [] : [{ layer, own }]
    })
}

/** Decibels that can be subtracted. No error counts as a fixed number. */
function shown(calibrated: Ranked): number {
  return Math.min(sqnrOf(calibrated), 200)
}

function loses(cell: Cell): string {
  const { weights, method } = cell
  const name = [cell.calibration, ...transformsOf(cell), ...(method === 'qat' ? ['QAT'] : [])].join(' + ')
  const kind = method === 'plan' ? formatName(cell) : `${weights.bits}-bit ${weights.granularity} weights`
  const { noun } = TASKS[cell.task!.id].loss
  return noun === 'drop'
    ? `${name} loses ${lossIn(cell)} with ${kind}`
    : `${name} has ${noun} ${lossIn(cell)} with ${kind}`
}

function lossIn({ task }: Cell): string {
  return lossInWords(task!)
}

function lossOf({ task }: Cell): number {
  return Math.max(0, task?.loss ?? 0)
}

function least(cells: readonly Cell[]): Cell | undefined {
  return cells.toSorted((a, b) => lossOf(a) - lossOf(b))[0]
}

/** The goals of loss. Goals of time or size have no causes here. */
function lossOnly({ maxLoss }: Goals): Goals {
  return maxLoss === undefined ? {} : { maxLoss }
}

type Part = 'method' | 'transforms' | 'calibration' | 'weights' | 'activations' | 'bits' | 'granularity'

const PARTS: Readonly<Record<Part, (cell: Cell) => string>> = {
  // Plans with other layers count as other methods.
  method: (cell) => (cell.method === 'plan' ? `plan ${cell.plan}` : cell.method),
  transforms: (cell) => transformsOf(cell).join(),
  calibration: ({ calibration }) => calibration,
  weights: ({ weights }) => JSON.stringify(weights),
  activations: ({ activations }) => JSON.stringify(activations),
  bits: ({ weights }) => `${weights.bits} ${weights.scheme}`,
  granularity: ({ weights }) => `${weights.granularity} ${weights.scheme}`,
}

function equal(a: Cell, b: Cell, ...parts: readonly Part[]): boolean {
  return parts.every((part) => PARTS[part](a) === PARTS[part](b))
}
