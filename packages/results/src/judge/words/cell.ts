import { speedVerdict } from '@octet/core/statistics'
import { gain, inUnit, isLabelled, TASKS, withUnit } from '@octet/core'
import type { Cell, TaskScore } from '../../run/cell.ts'
import { precisionName } from '../../run/configuration.ts'
import type { Run, WorkloadInfo } from '../../run/run.ts'
import { decibels, grouped, times } from './figures.ts'

/** A cell's value and loss by its task, or the fidelity of a model without labels. */
export function qualityInWords(run: Run, cell: Cell): string {
  return cell.task === undefined ? fidelityInWords(run, cell) : scoreInWords(cell, cell.task)
}

function scoreInWords({ precision }: Cell, { id, metric, loss, ci95, ...score }: TaskScore): string {
  const { higherIsBetter, ...task } = TASKS[id]
  const measured = `${withUnit(score.value, task.value)} ${metric} on ${grouped(score.samples)} samples`
  if (precision === 'fp32') return measured
  const side = loss > 0 === higherIsBetter ? 'below' : 'above'
  const apart = loss === 0 ? 'the same as FP32' : `${withUnit(Math.abs(loss), task.loss)} ${side} FP32`
  const interval = `${inUnit(ci95[0], task.loss)} to ${withUnit(ci95[1], task.loss)}`
  return `${measured}, ${apart} (95% interval of the ${task.loss.noun} ${interval})`
}

function fidelityInWords(run: Run, { workload, precision, fidelity }: Cell): string {
  const used = run.workloads.find(({ id }) => id === workload)?.evaluationSamples.used
  const on = used === undefined ? '' : ` on ${grouped(used)} samples`
  const judged = `${TASKS.none.reason}, and is judged by the fidelity of its output`
  if (precision === 'fp32' || fidelity === undefined) return judged
  return `${judged}: SQNR against FP32 ${decibels(fidelity.sqnrDb)}${on}`
}

export function sizeInWords(cell: Cell, baseline: Cell | undefined): string | undefined {
  if (!cell.memory || !baseline?.memory || cell.precision === 'fp32') return undefined
  return `${times(baseline.memory.weightBytes / cell.memory.weightBytes)} smaller than FP32`
}

/** Whether a cell is faster than FP32 on its device, and how much the device can tell. */
export function speedInWords(run: Run, cell: Cell): string | undefined {
  const { precision, status, latency } = cell
  if (precision === 'fp32' || latency === undefined) return undefined
  const name = precisionName(precision)
  if (status === 'unstable') return `whether ${name} is faster here is open, as its latency was not stable`
  if (latency.vsFp32 === undefined) return undefined
  return (
    `${name} is ${SPEED[speedVerdict(latency.vsFp32)]} than FP32 here (${times(latency.vsFp32.ratio)} ` +
    `its speed on ${deviceInWords(run, cell)})`
  )
}

const SPEED = { faster: 'faster', slower: 'slower', equal: 'not faster' }

/** The same over the workloads of one configuration, with one phrase per verdict. */
export function speedsInWords(run: Run, cells: readonly Cell[]): string {
  const steady = cells.filter(({ status, latency }) => status === 'ok' && latency?.vsFp32 !== undefined)
  const faster = steady.filter(({ latency }) => speedVerdict(latency!.vsFp32!) === 'faster').length
  if (steady.length === 0) return 'whether INT8 is faster here is open, as no latency was stable'
  const ratios = steady.map(({ latency }) => latency!.vsFp32!.ratio).toSorted((a, b) => a - b)
  const range = `${times(ratios[0])} to ${times(ratios.at(-1)!)} its speed on ${deviceInWords(run, cells[0])}`
  const open =
    steady.length < cells.length
      ? `, open for ${cells.length - steady.length} whose latency was not stable`
      : ''
  const on =
    faster === 0
      ? 'on none of them'
      : faster === cells.length
        ? 'on all of them'
        : `on ${faster} of ${cells.length}`
  return `INT8 is faster than FP32 here ${on} (${range})${open}`
}

/** The constant answer that FP32 does not beat, and its score; undefined if FP32 beats it. */
export function baselineMet(
  { task }: Cell,
  info: WorkloadInfo | undefined,
): { readonly name: string; readonly score: string } | undefined {
  const baseline = info?.baseline
  if (task === undefined || baseline === undefined || !isLabelled(task.id)) return undefined
  const { baselineName: name, value, higherIsBetter } = TASKS[task.id]
  if (gain({ higherIsBetter }, baseline, task.fp32) > 0) return undefined
  return { name, score: withUnit(baseline, value) }
}

/** Whether the reference, which every device is compared with, was the faster device. It then computed the answers. */
export function losesToReference({ kernels, task }: Cell): boolean {
  return kernels !== 'reference' && task?.device.startsWith('reference/') === true
}

export function referenceInWords({ kernels, adapter }: Cell): string {
  return `${kernels}/${adapter} is slower here than the plain TypeScript reference`
}

/** CPU kernels tell about the CPU. GPU kernels that run on the CPU in software tell nothing about a GPU. */
function deviceInWords(run: Run, { kernels, adapter }: Cell): string {
  const device = run.machine.adapters.find(({ id }) => id === adapter)
  const remark = !device?.software
    ? ''
    : device.backend === 'cpu'
      ? ', on the CPU'
      : ', which runs on the CPU and tells nothing about a GPU'
  return `${kernels}/${adapter}${remark}`
}
