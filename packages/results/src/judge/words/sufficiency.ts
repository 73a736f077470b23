import { inUnit, named, type TaskId, TASKS, type Unit } from '@octet/core'
import type { Sufficiency } from '../../run/sufficiency.ts'

const DECIBELS: Unit & { readonly noun: string } = { name: 'dB', factor: 1, decimals: 1, noun: 'SQNR' }

/** How many calibration samples are enough, and how much doubt all of them leave. */
export function sufficiencyInWords(
  task: TaskId,
  { calibration, points, sufficiency, ...about }: Omit<Sufficiency, 'workload'>,
): string {
  const { figure, maxDoubt, draws, judged, calibrationSamples: all } = about
  if (sufficiency === undefined)
    return `${calibration}: a draw left no error, or nothing but error, so no interval can be given.`
  const unit = figure === 'sqnrDb' || task === 'none' ? DECIBELS : TASKS[task].loss
  const { enough, doubt, doubts } = sufficiency
  const amount = (value: number): string => named(inUnit(value, unit), unit)
  const most = `(the limit is ${amount(maxDoubt)})`
  const own = `All ${all} leave ${doubt === 0 ? 'none: no draw of half of them moved it' : amount(doubt)}`
  if (enough === null) {
    const isFalling = doubts.slice(0, -1).every((one) => one.doubt > doubt)
    const mend = isFalling
      ? 'The doubt falls as samples are added: give more of them.'
      : 'Fewer samples leave no more doubt, so more of them would hardly lower it: judge on more than ' +
        `${judged.samples} samples (octet calibrate --samples), as each of them counts in the ` +
        `${unit.noun}.`
    return `${calibration}: your ${all} samples leave ${amount(doubt)} of doubt in the ${unit.noun} ${most}. ${mend}`
  }
  if (enough === all)
    return (
      `${calibration}: all ${all} samples are needed. They leave ${amount(doubt)} of doubt in the ` +
      `${unit.noun} ${most}, and half of them leave more.`
    )
  const there = doubts.find(({ samples }) => samples === enough)!.doubt
  const moved =
    there === 0
      ? `None of ${draws} draws of ${enough} moved the ${unit.noun}`
      : `Another ${enough} may move the ${unit.noun} by ${amount(there)} ${most}`
  return `${calibration}: ${enough} of ${all} samples suffice. ${moved}. ${own}.${rise(points, enough)}`
}

/** The gain in the output's SQNR from samples that the loss does not need. */
function rise(points: Sufficiency['points'], enough: number): string {
  const [few, all] = [points.find(({ samples }) => samples === enough), points.at(-1)]
  if (!few?.sqnrDb || !all?.sqnrDb) return ''
  return (
    ` The SQNR of the output is ${few.sqnrDb.value.toFixed(1)} dB with ${enough} samples and ` +
    `${all.sqnrDb.value.toFixed(1)} dB with all.`
  )
}
