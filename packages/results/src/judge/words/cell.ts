import { speedVerdict } from '@octet/core/statistics'
import type { Cell } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'
import { decibels, grouped, percent, points, times } from './figures.ts'

/** A cell's accuracy and drop, or the fidelity of a model that has none. */
export function qualityInWords(run: Run, cell: Cell): string {
  return cell.accuracy === undefined ? fidelityInWords(run, cell) : accuracyInWords(cell)
}

function accuracyInWords({ accuracy, precision }: Cell): string {
  const { metric, value, drop, ci95, samples } = accuracy!
  const measured = `${percent(value)} ${metric} on ${grouped(samples)} samples`
  if (precision === 'fp32') return measured
  const side =
    drop > 0 ? `${points(drop)} below FP32` : drop < 0 ? `${points(-drop)} above FP32` : 'the same as FP32'
  return `${measured}, ${side} (95% interval of the drop ${(100 * ci95[0]).toFixed(2)} to ${points(ci95[1])})`
}

function fidelityInWords(run: Run, { workload, precision, fidelity }: Cell): string {
  const used = run.workloads.find(({ id }) => id === workload)?.evaluationSamples.used
  const on = used === undefined ? '' : ` on ${grouped(used)} samples`
  const judged = 'the model has one output and so no accuracy, and is judged by the fidelity of its output'
  if (precision === 'fp32' || fidelity === undefined) return judged
  return `${judged}: SQNR against FP32 ${decibels(fidelity.sqnrDb)}${on}`
}

export function sizeInWords(cell: Cell, baseline: Cell | undefined): string | undefined {
  if (!cell.memory || !baseline?.memory || cell.precision === 'fp32') return undefined
  return `${times(baseline.memory.weightBytes / cell.memory.weightBytes)} smaller than FP32`
}

/** Whether a cell is faster than FP32 on its device, and how much that device can tell. */
export function speedInWords(run: Run, cell: Cell): string | undefined {
  const { precision, status, latency } = cell
  if (precision === 'fp32' || latency === undefined) return undefined
  const name = precision.toUpperCase()
  if (status === 'unstable') return `whether ${name} is faster here is open, as its latency was not stable`
  if (latency.vsFp32 === undefined) return undefined
  return `${name} is ${SPEED[speedVerdict(latency.vsFp32)]} than FP32 here (${times(latency.vsFp32.ratio)} its speed on ${deviceInWords(run, cell)})`
}

const SPEED = { faster: 'faster', slower: 'slower', equal: 'not faster' }

/** The same over the workloads that one configuration is for, in one phrase a verdict. */
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

/** Whether the reference, which is on trial with every device, was the faster one: it then computed the accuracy. */
export function losesToReference({ kernels, accuracy }: Cell): boolean {
  return kernels !== 'reference' && accuracy?.device.startsWith('reference/') === true
}

export function referenceInWords({ kernels, adapter }: Cell): string {
  return `${kernels}/${adapter} is slower here than the plain TypeScript reference`
}

/** Kernels made for the CPU tell about the CPU; a GPU's that run there in software tell about nothing else. */
function deviceInWords(run: Run, { kernels, adapter }: Cell): string {
  const device = run.machine.adapters.find(({ id }) => id === adapter)
  const remark = !device?.software
    ? ''
    : device.backend === 'cpu'
      ? ', on the CPU'
      : ', which runs on the CPU and tells nothing about a GPU'
  return `${kernels}/${adapter}${remark}`
}
