import { type ScoredTaskId, TASK_NOUNS, TASKS, type Unit } from '@octet/core'
import {
  BOARD_IDS,
  type BoardId,
  BOARDS,
  type Cell,
  configurationName,
  type Energy,
  energyInWords,
  type Latency,
  precisionName,
  type Run,
} from '@octet/results'
import { mark } from '../chart/encoding.ts'
import { type Child, h } from '../dom/element.ts'
import {
  bitsOf,
  calibrationOf,
  deviceOf,
  hasTransforms,
  isSoftware,
  mixesBits,
  transformsInWords,
} from '../format/configuration.ts'
import { decibels, hundredths, ratio } from '../format/number.ts'
import { byteScale, timeScale } from '../format/scale.ts'
import { bare, capitalized, tasksOf } from '../format/task.ts'
import { measured } from '../table/measured.ts'
import { type Column, figures, words } from '../table/sortable.ts'

/** Every figure of a cell as a column. Energy has a column only if some cell has a figure for it. */
export function sweepColumns({ machine, cells }: Run, open: (cell: Cell) => void): Column<Cell>[] {
  return [
    {
      id: 'workload',
      head: 'Workload',
      value: ({ workload }) => workload,
      content: (cell) => opener(cell, open),
    },
    {
      id: 'precision',
      head: 'Precision',
      value: ({ precision }) => precision,
      content: (cell) => [mark(cell), ' ', precisionName(cell.precision)],
    },
    ...(mixesBits(cells) ? [words('bits', 'Bits', bitsOf)] : []),
    {
      id: 'granularity',
      head: 'Weights',
      value: ({ weights }) => weights.granularity,
      content: ({ weights }) => (weights.granularity === 'none' ? '–' : weights.granularity),
    },
    words('calibration', 'Calibration', calibrationOf),
    ...(hasTransforms(cells) ? [words('transforms', 'Transforms', transformsInWords)] : []),
    {
      id: 'kernels',
      head: 'Kernels',
      value: deviceOf,
      content: (cell) => [
        deviceOf(cell),
        isSoftware(cell.adapter, machine) && h('span', { class: 'tag' }, 'CPU'),
      ],
    },
    {
      id: 'status',
      head: 'Status',
      value: ({ status }) => status,
      content: ({ status }) => h('span', { class: `status ${status}` }, status),
    },
    ...TASK_NOUNS.flatMap((noun) => taskFigures(tasksOf(cells).filter((id) => TASKS[id].noun === noun))),
    ...figuresOf(cells),
    ...energyColumns(cells),
    {
      id: 'fallback',
      head: 'On the reference',
      value: ({ fallbackOps }) => fallbackOps.length,
      content: ({ fallbackOps }) => (fallbackOps.length === 0 ? '–' : [...new Set(fallbackOps)].join(', ')),
    },
  ]
}

function opener(cell: Cell, open: (cell: Cell) => void): HTMLElement {
  return h(
    'button',
    {
      type: 'button',
      class: 'link',
      'aria-label': `${cell.workload}, ${configurationName(cell)}, ${deviceOf(cell)}: details`,
      on: { click: () => open(cell) },
    },
    cell.workload,
  )
}

/** The value, the loss and the further metrics of cells whose tasks share one metric. */
function taskFigures(ids: readonly ScoredTaskId[]): Column<Cell>[] {
  if (ids.length === 0) return []
  const { noun, value, loss } = TASKS[ids[0]]
  const scored = ({ task }: Cell): Cell['task'] => (task && ids.includes(task.id) ? task : undefined)
  const beside = ids.flatMap((id): [string, Unit][] => Object.entries(TASKS[id].beside))
  return [
    figures<Cell>(
      [noun, capitalized(noun), value.name],
      (cell) => scored(cell)?.value,
      (score) => bare(score, value),
    ),
    figures<Cell>(
      [loss.noun, capitalized(loss.noun), `${loss.name} [95%]`],
      (cell) => scored(cell)?.loss,
      (lost, { precision, task }) =>
        precision === 'fp32' ? 'reference' : measured(lost, task!.ci95, (end) => bare(end, loss)),
    ),
    ...beside.map(([name, unit]) =>
      figures<Cell>(
        [name, name, unit.name],
        (cell) => scored(cell)?.beside?.[name],
        (figure) => bare(figure, unit),
      ),
    ),
  ]
}

function figuresOf(cells: readonly Cell[]): readonly Column<Cell>[] {
  const all = <T>(of: (cell: Cell) => T | undefined): T[] => cells.map(of).filter((one) => one !== undefined)
  const time = timeScale(all(({ latency }) => latency?.median))
  const first = timeScale(all(({ latency }) => latency?.firstDispatchNs))
  const model = byteScale(all(({ memory }) => memory?.weightBytes))
  const activations = byteScale(all(({ memory }) => memory?.activationPeakBytes))
  return [
    figures(
      ['latency', 'Latency', `${time.unit} [95%]`],
      ({ latency }) => latency?.median,
      (median, { latency }) => [shared(latency!), ' ', measured(median, latency!.ci95, time.write)],
    ),
    figures(
      ['speed', 'Speed', '× FP32 [95%]'],
      ({ latency }) => latency?.vsFp32?.ratio,
      (speed, { latency }) => measured(speed, latency!.vsFp32!.ci95, ratio),
    ),
    figures(['bytes', 'Model', model.unit], ({ memory }) => memory?.weightBytes, model.write),
    figures(
      ['activations', 'Peak activations', activations.unit],
      ({ memory }) => memory?.activationPeakBytes,
      activations.write,
    ),
    figures(
      ['sqnr', 'SQNR', 'dB'],
      ({ fidelity }) => fidelity && (fidelity.sqnrDb ?? Infinity),
      (_, { fidelity }) => decibels(fidelity!.sqnrDb),
    ),
    figures(['agreement', 'Agreement', '%'], ({ fidelity }) => fidelity?.agreement, hundredths),
    figures(['first', 'First dispatch', first.unit], ({ latency }) => latency?.firstDispatchNs, first.write),
  ]
}

/** A column for measured energy, and a column for each board that some cell has modelled energy for. */
function energyColumns(cells: readonly Cell[]): Column<Cell>[] {
  const sourceOf = (energy: Energy): BoardId | 'measured' =>
    energy.tier === 'board' ? energy.board : 'measured'
  const sources = new Set(cells.flatMap(({ energy = [] }) => energy.map(sourceOf)))
  return (['measured', ...BOARD_IDS] as const)
    .filter((source) => sources.has(source))
    .map((source) => {
      const from = ({ energy = [] }: Cell): Energy | undefined =>
        energy.find((one) => sourceOf(one) === source)
      return figures(
        [`energy-${source}`, 'Energy', source === 'measured' ? source : BOARDS[source].name],
        (cell) => from(cell)?.joules,
        (_, cell) => energyInWords(from(cell)!),
      )
    })
}

/** The number of other cells that share a cell's latency. */
function shared({ shared: { with: others } }: Latency): Child {
  const title = 'One program, measured once: a calibration changes numbers, not the program'
  return others > 0 && h('span', { class: 'tag', title }, `shared ×${others + 1}`)
}
