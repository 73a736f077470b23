import { type LabelledTaskId, TASKS } from '@octet/core'
import { type Cell, configurationName, type Run } from '@octet/results'
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
import { decibels, hundredths, kilobytes, milliseconds, ratio, significant } from '../format/number.ts'
import { bare, capitalized, tasksOf } from '../format/task.ts'
import { measured } from '../table/measured.ts'
import type { Column } from '../table/sortable.ts'

/** Every figure of a cell as a column; energy only where some cell has it. */
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
      content: (cell) => [mark(cell), ' ', cell.precision.toUpperCase()],
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
    ...tasksOf(cells).flatMap(taskFigures),
    ...figures(),
    ...(cells.some(({ energy }) => energy !== undefined) ? [energy()] : []),
    {
      id: 'fallback',
      head: 'On the reference',
      value: ({ fallbackOps }) => fallbackOps.length,
      content: ({ fallbackOps }) => (fallbackOps.length === 0 ? '–' : [...new Set(fallbackOps)].join(', ')),
    },
  ]
}

/** A column of words, with a dash where there are none. */
function words(id: string, head: string, of: (cell: Cell) => string): Column<Cell> {
  return { id, head, value: of, content: (cell) => of(cell) || '–' }
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

/** The value and the loss of cells that a task judges. */
function taskFigures(id: LabelledTaskId): Column<Cell>[] {
  const { noun, value, loss } = TASKS[id]
  const scored = ({ task }: Cell): Cell['task'] => (task?.id === id ? task : undefined)
  return [
    figure(
      { id: noun, head: capitalized(noun), unit: value.name },
      scored,
      (score) => score.value,
      (score) => bare(score.value, value),
    ),
    figure(
      { id: loss.noun, head: capitalized(loss.noun), unit: `${loss.name} [95%]` },
      scored,
      (score) => score.loss,
      (score, { precision }) =>
        precision === 'fp32' ? 'reference' : measured(score.loss, score.ci95, (end) => bare(end, loss)),
    ),
  ]
}

function figures(): Column<Cell>[] {
  return [
    figure(
      { id: 'latency', head: 'Latency', unit: 'ms [95%]' },
      ({ latency }) => latency,
      ({ median }) => median,
      ({ median, ci95, shared }) => [
        shared.with > 0 &&
          h(
            'span',
            {
              class: 'tag',
              title: 'One program, measured once: a calibration changes numbers, not the program',
            },
            `shared ×${shared.with + 1}`,
          ),
        ' ',
        measured(median, ci95, milliseconds),
      ],
    ),
    figure(
      { id: 'speed', head: 'Speed', unit: '× FP32 [95%]' },
      ({ latency }) => latency?.vsFp32,
      ({ ratio }) => ratio,
      (vsFp32) => measured(vsFp32.ratio, vsFp32.ci95, ratio),
    ),
    figure(
      { id: 'bytes', head: 'Model', unit: 'kB' },
      ({ memory }) => memory,
      ({ weightBytes }) => weightBytes,
      ({ weightBytes }) => kilobytes(weightBytes),
    ),
    figure(
      { id: 'activations', head: 'Peak activations', unit: 'kB' },
      ({ memory }) => memory,
      ({ activationPeakBytes }) => activationPeakBytes,
      ({ activationPeakBytes }) => kilobytes(activationPeakBytes),
    ),
    figure(
      { id: 'sqnr', head: 'SQNR', unit: 'dB' },
      ({ fidelity }) => fidelity,
      ({ sqnrDb }) => sqnrDb ?? Infinity,
      ({ sqnrDb }) => decibels(sqnrDb),
    ),
    figure(
      { id: 'agreement', head: 'Agreement', unit: '%' },
      ({ fidelity }) => fidelity,
      ({ agreement }) => agreement,
      ({ agreement }) => (agreement === undefined ? '–' : hundredths(agreement)),
    ),
    figure(
      { id: 'first', head: 'First dispatch', unit: 'ms' },
      ({ latency }) => latency,
      ({ firstDispatchNs }) => firstDispatchNs,
      ({ firstDispatchNs }) => milliseconds(firstDispatchNs),
    ),
  ]
}

function energy(): Column<Cell> {
  return figure(
    { id: 'energy', head: 'Energy', unit: 'mJ' },
    ({ energy }) => energy,
    ({ joulesPerInference }) => joulesPerInference,
    ({ joulesPerInference, source }) => [significant(joulesPerInference * 1e3), ' ', h('small', {}, source)],
  )
}

/** A numeric column over one part of a cell; cells without that part show a dash. */
function figure<Part>(
  head: { readonly id: string; readonly head: string; readonly unit: string },
  partOf: (cell: Cell) => Part | undefined,
  value: (part: Part) => number | undefined,
  content: (part: Part, cell: Cell) => Child,
): Column<Cell> {
  return {
    ...head,
    number: true,
    value: (cell) => {
      const part = partOf(cell)
      return part === undefined ? undefined : value(part)
    },
    content: (cell) => {
      const part = partOf(cell)
      return part === undefined ? '–' : content(part, cell)
    },
  }
}
