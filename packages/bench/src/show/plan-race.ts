import type { PlanVerdict, RacedPlan } from '../plan/timing.ts'
import { nanoseconds, times } from './number.ts'
import { type Column, render } from './rows.ts'

const COLUMNS: readonly Column<RacedPlan>[] = [
  ['', 'left', ({ name }) => name],
  ['predicted', 'right', ({ predictedNs }) => (predictedNs === undefined ? '' : nanoseconds(predictedNs))],
  ['measured', 'right', ({ ns }) => nanoseconds(ns)],
  ['[95%]', 'right', ({ ci95: [lo, hi] }) => `[${nanoseconds(lo)}, ${nanoseconds(hi)}]`],
]

/** The times of the fastest plans on a device, together with models of one precision, and the verdict. */
export function raceInWords(device: string, raced: readonly RacedPlan[], verdict: PlanVerdict): string {
  return [
    `On ${device}, timed in turn, predicted from its layers:`,
    render(COLUMNS, raced),
    verdictInWords(verdict),
  ].join('\n')
}

function verdictInWords({ uniform, mixed, ratio, isFaster }: PlanVerdict): string {
  const fastest = `${uniform.name} throughout, the fastest of one precision within the budget`
  if (mixed === undefined || ratio === undefined)
    return `No mix within the budget is predicted to be faster than ${fastest}.`
  if (isFaster) return `${mixed.name} is ${times(ratio)} as fast as ${fastest}.`
  return `No mix that was tried is faster than ${fastest}: ${mixed.name} is ${times(ratio)} as fast.`
}
