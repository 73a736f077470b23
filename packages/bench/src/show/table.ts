import { inert, isOnGrid, SCORED_TASKS, type ScoredTaskId, PRECISION, TASKS, withUnit } from '@octet/core'
import {
  boardNotes,
  boardsOf,
  type Cell,
  configurationName,
  energyInWords,
  precisionName,
  type Finding,
  type Run,
  setbacksFirst,
  sufficiencyInWords,
} from '@octet/results'
import { samplesInWords } from './samples.ts'
import { idealEnergy, profilesFor, slowestLayers, STAGE_COLUMNS } from './profile.ts'
import { trainingLines } from './training.ts'
import { lines } from './lines.ts'
import { type Column, render } from './rows.ts'
import { bytes, decibels, lossHead, lossWithInterval, nanoseconds } from './number.ts'

/** The columns of a task's metric and of its further metrics. */
function taskColumns(id: ScoredTaskId): Column<Cell>[] {
  const { noun, value, loss, beside } = TASKS[id]
  const scored = ({ task }: Cell): Cell['task'] => (task?.id === id ? task : undefined)
  return [
    [noun, 'right', (cell) => (scored(cell) ? withUnit(scored(cell)!.value, value) : '')],
    [
      lossHead(loss),
      'right',
      (cell) => (!scored(cell) || cell.precision === 'fp32' ? '' : lossWithInterval(scored(cell)!, loss)),
    ],
    ...Object.entries(beside).map(([name, unit]): Column<Cell> => {
      const figure = (cell: Cell): number | undefined => scored(cell)?.beside?.[name]
      return [name, 'right', (cell) => (figure(cell) === undefined ? '' : withUnit(figure(cell)!, unit))]
    }),
  ]
}

const COST_COLUMNS: readonly Column<Cell>[] = [
  ['SQNR', 'right', ({ fidelity }) => (fidelity ? decibels(fidelity.sqnrDb) : '')],
  ['host to host', 'right', ({ latency }) => (latency ? nanoseconds(latency.stages.endToEndNs) : '')],
  ['on the device', 'right', ({ latency }) => (latency ? nanoseconds(latency.median) : '')],
  ['speed vs FP32', 'right', ({ latency }) => (latency?.vsFp32 ? `${latency.vsFp32.ratio.toFixed(2)}x` : '')],
  ['model', 'right', ({ memory }) => (memory ? bytes(memory.weightBytes) : '')],
  ['peak activations', 'right', ({ memory }) => (memory ? bytes(memory.activationPeakBytes) : '')],
  ['arena', 'right', ({ memory }) => (memory?.arenaBytes === undefined ? '' : bytes(memory.arenaBytes))],
]

const ENERGY_COLUMN: Column<Cell> = [
  'energy',
  'right',
  ({ energy = [] }) => energy.map(energyInWords).join(', '),
]

function columnsFor(cells: readonly Cell[]): Column<Cell>[] {
  const tasks = SCORED_TASKS.filter((id) => cells.some(({ task }) => task?.id === id))
  return [
    ['configuration', 'left', configurationName],
    ...tasks.flatMap(taskColumns),
    ...COST_COLUMNS,
    ...(cells.some(({ energy }) => energy) ? [ENERGY_COLUMN] : []),
    ['', 'left', ({ status }) => (status === 'ok' ? '' : status)],
  ]
}

/**
 * A run's cells, with failed and skipped cells first. There is one table for each workload and device, with notes on
 * cells that failed, are unstable or were skipped. A workload's findings follow its first table.
 */
export function cellTables(run: Run): string {
  const groups = new Map<string, Cell[]>()
  for (const cell of setbacksFirst(run.cells)) {
    const name = `${cell.workload} on ${cell.kernels}/${cell.adapter}`
    groups.set(name, [...(groups.get(name) ?? []), cell])
  }
  return [...groups]
    .map(([name, cells]) => {
      const notes = new Set(
        cells.flatMap(({ status, reason, precision, fallbackOps }) => [
          ...(reason === undefined ? [] : [`${precisionName(precision)} ${status}: ${reason}`]),
          ...(fallbackOps.length === 0
            ? []
            : [`${precisionName(precision)}: these ops ran on the reference: ${fallbackOps.join(', ')}`]),
        ]),
      )
      const first = [...groups.values()].find(([{ workload }]) => workload === cells[0].workload)
      const findings = first === cells ? findingLines(run, cells[0].workload) : []
      const samples = first === cells ? sampleLines(run, cells[0].workload) : []
      const trainings = first === cells ? trainingLines(run, cells) : []
      const body = cells.every(({ status }) => status === 'skipped') ? '' : render(columnsFor(cells), cells)
      const remarks = lines([...trainings, ...notes, ...samples, ...findings])
      const profiles = profilesFor(run, cells[0])
      const stages =
        profiles.length === 0
          ? []
          : ['', render(STAGE_COLUMNS, profiles), slowestLayers(profiles), idealEnergy(profiles), '']
      return [`${inert(name)}${about(run, cells)}`, body, ...stages, remarks]
        .filter((part) => part !== '')
        .join('\n')
    })
    .concat(boardRemarks(run))
    .join('\n\n')
}

/** Remarks on modelled energy, for each board of the cells. */
function boardRemarks({ cells }: Run): string[] {
  return boardsOf(cells).map((board) => lines(boardNotes(board)))
}

/** Whether a workload's calibration samples are enough. */
function sampleLines({ sufficiency = [], workloads }: Run, workload: string): string[] {
  const task = workloads.find(({ id }) => id === workload)?.task ?? 'none'
  return sufficiency
    .filter((one) => one.workload === workload)
    .map((one) => `calibration samples: ${sufficiencyInWords(task, one)}`)
}

/** The faults of a workload's calibration and of its FP16, one line each. The report also has the notes. */
function findingLines({ findings = [] }: Run, workload: string): string[] {
  const weighty = (finding: Finding): boolean => finding.workload === workload && finding.severity !== 'note'
  return findings.filter(weighty).map(({ severity, id, verdict }) => `${severity}: ${id}: ${verdict}`)
}

/**
 * The facts that a reader needs for the group: samples, the baseline without skill, shared latencies, a device that
 * runs on the CPU.
 */
function about(run: Run, cells: readonly Cell[]): string {
  const [first] = cells
  const workload = run.workloads.find(({ id }) => id === first.workload)
  const device = run.machine.adapters.find(({ id }) => id === first.adapter)
  const sharing = cells.filter(({ latency }) => (latency?.shared.with ?? 0) > 0)
  const programs = new Map(sharing.map((cell) => [cell.latency!.shared.program, cell]))
  return [
    ...(device?.software && device.backend !== 'cpu'
      ? [' (runs on the CPU: its times say nothing about a GPU)']
      : []),
    ...(workload ? [`\n${samplesInWords(workload)}`] : []),
    ...(sharing.length > 0
      ? [
          `\nlatency of one sample, ${sharing[0].latency!.clock} clock; cells that differ in numbers ` +
            `alone share a program and so its latency: ${[...programs.values()].map(sharers).join(', ')}`,
        ]
      : []),
  ].join('')
}

/** `14 INT8`, `2 INT8 with 4-bit weights`. */
function sharers({ precision, weights, latency }: Cell): string {
  const width =
    isOnGrid(precision) && weights.bits < PRECISION[precision].bits ? ` with ${weights.bits}-bit weights` : ''
  return `${latency!.shared.with + 1} ${precisionName(precision)}${width}`
}
