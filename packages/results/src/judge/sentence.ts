import type { Cell } from '../run/cell.ts'
import { configurationName } from '../run/configuration.ts'
import type { Run } from '../run/run.ts'
import { speedVerdict } from '../statistics/ratio.ts'
import type { Choice } from './choice.ts'
import type { Goals } from './goals.ts'

/** What to do for one workload and why, in one sentence. */
export function choiceSentence(run: Run, goals: Goals, choice: Omit<Choice, 'sentence'>): string {
  const { workload, cell, baseline, fastest, bestInt8 } = choice
  if (cell === undefined)
    return `${workload}: no measured configuration meets the goals (${goalsInWords(goals)}).`
  const parts = [`${workload}: ${configurationName(cell)}`, accuracyInWords(cell)]
  if (choice.standing === 'likely')
    parts.push(`more --samples are needed to be sure that it stays within ${points(goals.maxDrop)}`)
  if (bestInt8?.accuracy)
    parts.push(
      `no INT8 configuration meets the goals: the best (${configurationName(bestInt8)}) loses ${points(bestInt8.accuracy.drop)}`,
    )
  const majority = run.workloads.find(({ id }) => id === workload)?.majorityShare
  if (majority !== undefined && cell.accuracy!.fp32 <= majority)
    parts.push(
      `but FP32 itself is no better than always answering the largest class (${(100 * majority).toFixed(2)}%): look at model and data first`,
    )
  const size = sizeInWords(cell, baseline)
  if (size) parts.push(size)
  const speed = speedInWords(run, cell)
  if (speed) parts.push(speed)
  if (losesToReference(cell)) parts.push(referenceInWords(cell))
  if (fastest?.latency && cell.latency)
    parts.push(
      `fastest within the goals is ${configurationName(fastest)} on ${fastest.adapter}, at ${times(cell.latency.median / fastest.latency.median)} the speed`,
    )
  return `${parts.join('; ')}.`
}

/** The whole run in one sentence: one configuration for all workloads if the goals allow one. */
export function summarySentence(
  run: Run,
  goals: Goals,
  choices: readonly Choice[],
  common: readonly Cell[] | undefined,
): string {
  if (choices.length === 0) return 'Nothing was measured, so nothing can be recommended.'
  const one = choices.length === 1
  if (common === undefined) {
    const each = choices.map(
      ({ workload, cell }) => `${workload}: ${cell ? configurationName(cell) : 'nothing'}`,
    )
    return one
      ? choices[0].sentence
      : `No single INT8 configuration keeps every workload within ${goalsInWords(goals)}; ship ${each.join('; ')}.`
  }
  const worst = Math.max(...common.map(({ accuracy }) => accuracy!.ci95[1]))
  const where = one ? '' : ` for all ${choices.length} workloads`
  const parts = [
    `Ship ${configurationName(common[0])}${where}`,
    worst <= goals.maxDrop
      ? `accuracy stays within ${points(goals.maxDrop)} of FP32 (worst 95% bound ${points(worst)})`
      : `accuracy is measured within ${points(goals.maxDrop)} of FP32, though the 95% interval reaches ${points(worst)}: more --samples would tell`,
    ...speedsInWords(run, common),
    ...(common.some(losesToReference) ? [referenceInWords(common[0])] : []),
  ]
  return `${parts.join('; ')}.`
}

/** Goals as `1.00 points of FP32, 20000 bytes`. */
function goalsInWords({ maxDrop, maxLatencyNs, maxBytes, maxEnergyJ }: Goals): string {
  return [
    `${points(maxDrop)} of FP32`,
    ...(maxLatencyNs === undefined ? [] : [`${maxLatencyNs / 1e6} ms`]),
    ...(maxBytes === undefined ? [] : [`${maxBytes} bytes`]),
    ...(maxEnergyJ === undefined ? [] : [`${maxEnergyJ * 1e3} mJ`]),
  ].join(', ')
}

function accuracyInWords({ accuracy, precision }: Cell): string {
  const { metric, value, drop, ci95, samples } = accuracy!
  const measured = `${(100 * value).toFixed(2)}% ${metric} on ${samples} samples`
  if (precision === 'fp32') return measured
  const side =
    drop > 0 ? `${points(drop)} below FP32` : drop < 0 ? `${points(-drop)} above FP32` : 'the same as FP32'
  return `${measured}, ${side} (95% interval of the drop ${(100 * ci95[0]).toFixed(2)} to ${points(ci95[1])})`
}

function sizeInWords(cell: Cell, baseline: Cell | undefined): string | undefined {
  if (!cell.memory || !baseline?.memory || cell.precision === 'fp32') return undefined
  return `${times(baseline.memory.weightBytes / cell.memory.weightBytes)} smaller than FP32`
}

/** Whether the reference, which is on trial with every device, was the faster one: it then computed the accuracy. */
function losesToReference({ kernels, accuracy }: Cell): boolean {
  return kernels !== 'reference' && accuracy?.device.startsWith('reference/') === true
}

function referenceInWords({ kernels, adapter }: Cell): string {
  return `${kernels}/${adapter} is slower here than the plain TypeScript reference`
}

/** Whether a cell is faster than FP32 on its device, and how much that device can tell. */
function speedInWords(run: Run, cell: Cell): string | undefined {
  const { precision, status, latency } = cell
  if (precision === 'fp32' || latency === undefined) return undefined
  const name = precision.toUpperCase()
  if (status === 'unstable') return `whether ${name} is faster here is open, as its latency was not stable`
  if (latency.vsFp32 === undefined) return undefined
  return `${name} is ${SPEED[speedVerdict(latency.vsFp32)]} than FP32 here (${times(latency.vsFp32.ratio)} its speed on ${deviceInWords(run, cell)})`
}

const SPEED = { faster: 'faster', slower: 'slower', equal: 'not faster' }

/** The same over the workloads that one configuration is for, in one phrase a verdict. */
function speedsInWords(run: Run, cells: readonly Cell[]): string[] {
  if (cells.length === 1) return [speedInWords(run, cells[0])].filter((words) => words !== undefined)
  const steady = cells.filter(({ status, latency }) => status === 'ok' && latency?.vsFp32 !== undefined)
  const faster = steady.filter(({ latency }) => speedVerdict(latency!.vsFp32!) === 'faster').length
  if (steady.length === 0) return ['whether INT8 is faster here is open, as no latency was stable']
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
  return [`INT8 is faster than FP32 here ${on} (${range})${open}`]
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

function points(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} points`
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`
}
