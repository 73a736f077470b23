import { gain, isLabelled, TASKS } from '@octet/core'
import { MINIMUM_EFFECT, speedVerdict } from '@octet/core/statistics'
import {
  type Cell,
  configurationKey,
  maxLossOf,
  precisionName,
  type Run,
  transformsOf,
  type WorkloadInfo,
} from '@octet/results'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { counted, range, ratio, span } from '../format/number.ts'
import { capitalized, lossInWords, written } from '../format/task.ts'
import { isMeasured, type Measured } from '../decision/front.ts'

/** One conclusion from the figures, and whether it speaks for (`gain`) or against (`loss`) the tested option. */
export interface Statement {
  readonly tone: 'gain' | 'loss' | 'plain'
  readonly text: string
}

/** A smaller share of the default goal is no visible difference between configurations, however certain it is. */
const VISIBLE = 0.5
const UNSETTLED = 'this many samples do not settle it'

/** The conclusions from one workload's figures in plain words. Losses are as plain as gains. */
export function statements(run: Run, workload: WorkloadInfo): Statement[] {
  const cells = run.cells.filter((cell) => cell.workload === workload.id)
  const measured = cells.filter(isMeasured)
  return [
    ...speeds(run, measured),
    ...openQuestions(measured),
    ...devices(run, measured),
    ...granularity(measured),
    ...bits(measured),
    ...remedies(measured),
    ...calibration(measured),
    ...baseline(workload, measured),
    ...fallbacks(cells),
  ]
}

/** Times that are too unsteady for a verdict, with one statement per device. */
function openQuestions(cells: readonly Measured[]): Statement[] {
  const groups = Map.groupBy(
    cells.filter(({ status }) => status === 'unstable'),
    deviceOf,
  )
  return [...groups].map(([device, group]) => {
    const which = [...new Set(group.map(({ precision }) => precisionName(precision)))].join(', ')
    const [why, ...others] = new Set(group.map(({ reason }) => reason))
    const more = others.length === 0 ? '' : ` (and ${counted(others.length, 'more reason')} in the sweep)`
    const share = group.length < cells.filter((cell) => deviceOf(cell) === device).length ? 'Some' : 'The'
    return {
      tone: 'plain',
      text: `${share} times of ${which} on ${device} are unstable, so they get no verdict: ${why}${more}.`,
    }
  })
}

/** Each reduced precision against FP32 on the same device, by the paired ratio. */
function speeds({ machine }: Run, cells: readonly Measured[]): Statement[] {
  const groups = Map.groupBy(
    cells.filter(({ latency, status }) => latency.vsFp32 !== undefined && status === 'ok'),
    (cell) => `${cell.precision} ${deviceOf(cell)} ${speedVerdict(cell.latency.vsFp32!)}`,
  )
  return [...groups.values()].map((group) => {
    const cell = group[0]
    const verdict = speedVerdict(cell.latency.vsFp32!)
    const kinds = new Map(group.map((cell) => [cell.latency.shared.program, cell]))
    const ratios = [...kinds.values()].map(({ latency, precision, weights }) => {
      const vsFp32 = latency.vsFp32!
      const width = weights.bits === 4 ? '4-bit ' : ''
      const kind =
        weights.granularity === 'none' || precision === 'mixed'
          ? ''
          : ` with ${width}${weights.granularity} weights`
      return `${ratio(vsFp32.ratio)}× its speed ${range(vsFp32.ci95, ratio)}${kind}`
    })
    const words = {
      faster: 'is faster than FP32',
      slower: 'is slower than FP32',
      equal: 'is as fast as FP32',
    }[verdict]
    const software = isSoftware(cell.adapter, machine) ? ' (CPU)' : ''
    return {
      tone: verdict === 'faster' ? 'gain' : verdict === 'slower' ? 'loss' : 'plain',
      text:
        `${capitalized(precisionName(cell.precision))} ${words} on ${deviceOf(cell)}${software}: ` +
        `${ratios.join(', ')}.`,
    }
  })
}

/** One kind of program on each device, compared with the fastest device, if the intervals do not overlap. */
function devices({ machine }: Run, cells: readonly Measured[]): Statement[] {
  const kinds = Map.groupBy(
    cells.filter(({ status }) => status === 'ok'),
    ({ precision, weights }) => `${precision} ${weights.granularity} ${weights.bits}`,
  )
  const pairs = new Map<string, { slow: Measured; ratios: number[] }>()
  for (const group of kinds.values()) {
    const [best, ...others] = [...new Map(group.map((cell) => [deviceOf(cell), cell])).values()].toSorted(
      (a, b) => a.latency.median - b.latency.median,
    )
    for (const slow of others) {
      const longer = slow.latency.median / best.latency.median
      if (slow.latency.ci95[0] <= best.latency.ci95[1] || longer < 1 + MINIMUM_EFFECT) continue
      const software = isSoftware(slow.adapter, machine) ? ' (CPU)' : ''
      const words = `on ${deviceOf(slow)}${software} inference takes longer than on ${deviceOf(best)}`
      pairs.set(words, { slow, ratios: [...(pairs.get(words)?.ratios ?? []), longer] })
    }
  }
  return [...pairs].map(([words, { slow, ratios }]) => ({
    tone: slow.kernels === 'reference' ? 'plain' : 'loss',
    text: `${capitalized(words)}: ${span(ratios)}× as long.`,
  }))
}

function granularity(cells: readonly Measured[]): Statement[] {
  const channel = byDrop(cells, 'per-channel')[0]
  const tensor = byDrop(cells, 'per-tensor')[0]
  if (channel === undefined || tensor === undefined) return []
  const words = lossInWords({ ...tensor.task, loss: tensor.task.loss - channel.task.loss })
  const each = `best PTQ calibrations: ${tensor.calibration} and ${channel.calibration}`
  return difference('loss', channel, tensor, {
    unseen: `Per-tensor weights are not visibly worse than per-channel here (${each}).`,
    seen: `Per-tensor weights lose ${words} more than per-channel (${each})`,
  })
}

/** The best configuration with 4-bit weights against the best with 8-bit weights. */
function bits(cells: readonly Measured[]): Statement[] {
  const [wide, narrow] = ([8, 4] as const).map((width) => leastDrop(cells, width))
  if (wide === undefined || narrow === undefined) return []
  const each = `at their best: ${recipeOf(narrow)} against ${recipeOf(wide)}`
  const words = lossInWords({ ...narrow.task, loss: narrow.task.loss - wide.task.loss })
  return difference('loss', wide, narrow, {
    unseen: `4-bit weights are not visibly worse than 8-bit here (${each}).`,
    seen: `4-bit weights lose ${words} more than 8-bit (${each})`,
  })
}

/** The best gain of transforms, and then of training, over the best plain PTQ, by width of the weights. */
function remedies(cells: readonly Measured[]): Statement[] {
  const plain = cells.filter(isPlain)
  return [
    ...remedy(
      'Transforms win',
      cells.filter((cell) => transformsOf(cell).length > 0),
      plain,
    ),
    ...remedy(
      'QAT wins',
      cells.filter(({ method }) => method === 'qat'),
      plain,
    ),
  ]
}

function remedy(words: string, tried: readonly Measured[], plain: readonly Measured[]): Statement[] {
  return ([8, 4] as const).flatMap((width): Statement[] => {
    const [treated, untreated] = [leastDrop(tried, width), leastDrop(plain, width)]
    if (treated === undefined || untreated === undefined) return []
    const won = lossInWords({ ...treated.task, loss: untreated.task.loss - treated.task.loss })
    const recipes = `${recipeOf(treated)} against ${recipeOf(untreated)}`
    return difference('gain', treated, untreated, {
      unseen: `${words} nothing visible with ${width}-bit weights, best against best.`,
      seen: `${words} back ${won} with ${width}-bit weights (${recipes})`,
    })
  })
}

/** Whether a cell is only rounded to nearest after calibration. */
function isPlain(cell: Measured): boolean {
  return cell.method === 'ptq' && transformsOf(cell).length === 0
}

function leastDrop(cells: readonly Measured[], width: 8 | 4): Measured | undefined {
  return cells
    .filter(({ method, weights }) => method !== 'plan' && weights.bits === width)
    .toSorted((a, b) => a.task.loss - b.task.loss)[0]
}

function recipeOf(cell: Measured): string {
  const { method, weights, calibration } = cell
  return [weights.granularity, calibration, ...transformsOf(cell), ...(method === 'qat' ? ['QAT'] : [])].join(
    ', ',
  )
}

function calibration(cells: readonly Measured[]): Statement[] {
  return (['per-channel', 'per-tensor'] as const).flatMap((granularity) => {
    const ordered = byDrop(cells, granularity)
    const best = ordered[0]
    const worst = ordered.at(-1)
    if (best === undefined || worst === undefined || best.calibration === worst.calibration) return []
    const apart = worst.task.loss - best.task.loss
    const spread = lossInWords({ ...best.task, loss: apart })
    const ends = `${best.calibration} is best, ${worst.calibration} worst`
    const text = !isVisible(apart, best)
      ? `With ${granularity} weights the calibrations lie within ${spread}.`
      : areApart(best, worst)
        ? `With ${granularity} weights calibration is worth ${spread}: ${ends}.`
        : `With ${granularity} weights the calibrations lie ${spread} apart (${ends}), but the ` +
          `intervals overlap: ${UNSETTLED}.`
    return [{ tone: 'plain', text }]
  })
}

function baseline({ task, baseline: floor }: WorkloadInfo, cells: readonly Measured[]): Statement[] {
  if (!isLabelled(task) || floor === undefined) return []
  const idle = cells.filter((cell) => gain(TASKS[task], floor, cell.task.value) <= 0)
  const useless = new Set(idle.map(configurationKey)).size
  if (useless === 0) return []
  const { baselineName, value } = TASKS[task]
  return [
    {
      tone: 'loss',
      text: `${counted(useless, 'configuration')} did no better than ${baselineName} (${written(floor, value)}).`,
    },
  ]
}

function fallbacks(cells: readonly Cell[]): Statement[] {
  const groups = Map.groupBy(
    cells.filter(({ fallbackOps }) => fallbackOps.length > 0),
    (cell) => `${[...new Set(cell.fallbackOps)].join(', ')} ran on the reference, not on ${deviceOf(cell)}`,
  )
  return [...groups].map(([text, group]) => ({
    tone: 'loss',
    text: `${text}, in ${counted(group.length, 'cell')}.`,
  }))
}

/** INT8 cells of plain PTQ with 8-bit weights of one granularity, the smallest loss first. */
function byDrop(cells: readonly Measured[], granularity: 'per-channel' | 'per-tensor'): Measured[] {
  return cells
    .filter((cell) => cell.weights.granularity === granularity && cell.weights.bits === 8 && isPlain(cell))
    .toSorted((a, b) => a.task.loss - b.task.loss)
}

/**
 * The verdict on the difference between two losses: whether it is visible, and whether the samples are enough to decide
 * it.
 */
function difference(
  tone: Statement['tone'],
  less: Measured,
  more: Measured,
  { unseen, seen }: { readonly unseen: string; readonly seen: string },
): Statement[] {
  if (!isVisible(more.task.loss - less.task.loss, more)) return [{ tone: 'plain', text: unseen }]
  return areApart(less, more)
    ? [{ tone, text: `${seen}.` }]
    : [{ tone: 'plain', text: `${seen}, but the intervals overlap: ${UNSETTLED}.` }]
}

/** Whether a difference between losses is large enough to mention. */
function isVisible(difference: number, { task }: Measured): boolean {
  return difference >= VISIBLE * maxLossOf({}, task)
}

/**
 * Whether the intervals of two losses do not overlap. This test is stricter than a paired test, for which the file has
 * no data.
 */
function areApart(less: Measured, more: Measured): boolean {
  return less.task.ci95[1] < more.task.ci95[0]
}
