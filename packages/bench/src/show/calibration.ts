import { type CurvePoint, type Spread, type Stretch, TASKS } from '@octet/core'
import { sufficiencyInWords } from '@octet/results'
import type { CalibrationAnswer } from '../calibrate/calibrate.ts'
import type { JudgedCurve } from '../calibrate/curves.ts'
import type { CalibratedTensor } from '../calibrate/tensors.ts'
import { decibels, lossHead, lossWithInterval, percent } from './number.ts'
import { lines } from './lines.ts'
import { type Column, render } from './rows.ts'

/** The most range ends in the table of samples, and the least share of the width that a listed sample decides. */
const MOST_ENDS = 12
const LEAST_SHARE = 0.001

/**
 * A study of calibration samples as text: how many are enough, which samples stretch a range, and the choices of
 * `auto`.
 */
export function calibrationInWords(found: CalibrationAnswer): string {
  const { curves, undrawn, tensors } = found
  const rows = curves.flatMap((curve) => curve.points.map((point) => ({ curve, point })))
  return [
    undrawn === undefined ? render(curveColumns(found), rows) : undrawn,
    ...(undrawn === undefined
      ? [
          lines([
            ...curves.map((curve) => sufficiencyInWords(found.task, { ...found, ...curve })),
            ...shown(found),
          ]),
        ]
      : []),
    stretchInWords(tensors),
    `The choices of auto, by the SQNR on samples that a strategy has not seen:\n${render(CHOICES, tensors)}`,
    ...(tensors.some(({ chosen }) => !chosen.heldOut)
      ? [
          'There are too few distinct samples to hold any out: auto judges strategies on the samples ' +
            'that they have seen.',
        ]
      : []),
  ].join('\n\n')
}

interface Row {
  readonly curve: JudgedCurve
  readonly point: CurvePoint
}

function curveColumns({ task }: CalibrationAnswer): readonly Column<Row>[] {
  const sqnr: Column<Row> = ['SQNR, dB [95%]', 'right', ({ point }) => inDecibels(point.sqnrDb)]
  const head: readonly Column<Row>[] = [
    ['calibration', 'left', ({ curve }) => curve.calibration],
    ['samples', 'right', ({ point }) => `${point.samples}`],
    sqnr,
  ]
  if (task === 'none') return head
  const { loss } = TASKS[task]
  const lossOf = (spread: Spread | null): string =>
    spread === null ? 'none' : lossWithInterval({ loss: spread.value, ci95: spread.ci95 }, loss)
  return [...head, [lossHead(loss), 'right', ({ point }) => lossOf(point.loss)]]
}

function inDecibels(spread: Spread | null): string {
  if (spread === null) return 'none'
  const [lo, hi] = spread.ci95
  return `${spread.value.toFixed(1)} [${lo.toFixed(1)}, ${hi.toFixed(1)}]`
}

/** The conclusions from the curves, and their limits. */
function shown({ draws, judged, calibrationSamples }: CalibrationAnswer): string[] {
  return [
    `Each size was drawn ${draws} times from the ${calibrationSamples} samples, and each model was ` +
      `judged on the same ${judged.samples} ${judged.of} samples. An interval says where another ` +
      'calibration set of that size, taken from where these samples were taken, puts the figure in 19 of ' +
      '20 cases.',
    'The intervals show neither the effect of samples of another kind, nor the certainty of the figure ' +
      'on other evaluation samples. The interval of a strategy that takes the largest value seen, as ' +
      'minmax does, may be too narrow.',
    ...(judged.of === 'calibration'
      ? [
          'There are no evaluation samples, so models are judged on samples that calibrate them: give ' +
            '--eval to judge on others.',
        ]
      : []),
  ]
}

interface End {
  readonly tensor: string
  readonly stretch: Stretch
}

const ENDS: readonly Column<End>[] = [
  ['tensor', 'left', ({ tensor }) => tensor],
  ['end', 'left', ({ stretch }) => stretch.end],
  ['sample', 'right', ({ stretch }) => `${stretch.sample}`],
  ['value', 'right', ({ stretch }) => short(stretch.value)],
  ['without it', 'right', ({ stretch }) => (stretch.without === null ? 'none' : short(stretch.without))],
  ['range narrower by', 'right', ({ stretch }) => percent(stretch.share)],
]

function stretchInWords(tensors: readonly CalibratedTensor[]): string {
  const all = tensors.flatMap(({ tensor, stretches }) =>
    stretches.map((stretch): End => ({ tensor, stretch })),
  )
  const ends = all
    .filter(({ stretch }) => stretch.share >= LEAST_SHARE)
    .toSorted((a, b) => b.stretch.share - a.stretch.share)
  const counts = new Map<number, number>()
  for (const { stretch } of ends) counts.set(stretch.sample, (counts.get(stretch.sample) ?? 0) + 1)
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
  const rest =
    `${all.length - ends.length} of the ${all.length} ends of ranges depend on no single sample: ` +
    'without the sample that sets such an end, the range is less than 0.1% narrower.'
  if (most === undefined) return rest
  const often =
    most[1] > 1 ? ` Sample ${most[0]} sets ${most[1]} of these ${ends.length} ends, more than any other.` : ''
  return [
    'Samples that stretch a range, counted from ' +
      `0${ends.length > MOST_ENDS ? `: the ${MOST_ENDS} ends that one sample decides most` : ''}.${often}`,
    render(ENDS, ends.slice(0, MOST_ENDS)),
    ...(all.length > ends.length ? [rest] : []),
  ].join('\n')
}

const CHOICES: readonly Column<CalibratedTensor>[] = [
  ['tensor', 'left', ({ tensor }) => tensor],
  ['range seen', 'right', ({ range: [min, max] }) => `[${short(min)}, ${short(max)}]`],
  ['chosen', 'left', ({ chosen }) => chosen.calibration],
  ['SQNR', 'right', ({ chosen }) => evidenceFor(chosen.calibration, chosen)],
  ['minmax', 'right', ({ chosen }) => evidenceFor('minmax', chosen)],
  ['next best', 'left', ({ chosen }) => nextBest(chosen)],
]

function evidenceFor(calibration: string, { evidence }: CalibratedTensor['chosen']): string {
  const found = evidence.find((one) => one.calibration === calibration)
  return found === undefined ? 'none' : decibels(found.sqnrDb)
}

function nextBest({ calibration, evidence }: CalibratedTensor['chosen']): string {
  const others = evidence.filter((one) => one.calibration !== calibration)
  const [best] = others.toSorted((a, b) => (b.sqnrDb ?? Infinity) - (a.sqnrDb ?? Infinity))
  return best === undefined ? '' : `${best.calibration}, ${decibels(best.sqnrDb)}`
}

function short(value: number): string {
  return `${Number(value.toPrecision(4))}`
}
