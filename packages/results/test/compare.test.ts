import { expect, test } from 'vitest'
import { compareRuns, type Cell, type Run } from '../src/index.ts'
import { floatCell, int8Cell, latency, sampleRun } from './sample.ts'

function elsewhere(run: Run): Run {
  return { ...run, machine: { ...run.machine, fingerprint: 'f2' } }
}

test('a run compared with itself holds, without differences', () => {
  const run = sampleRun()
  expect(compareRuns(run, run)).toEqual({ compared: 2, differences: [], notJudged: [], holds: true })
})

test('lost accuracy gates', () => {
  const { differences, holds } = compareRuns(sampleRun([int8Cell(0, 0)]), sampleRun([int8Cell(0.001, 0)]))
  expect(differences).toMatchObject([{ figure: 'accuracy', verdict: 'worse', gates: true }])
  expect(holds).toBe(false)
})

test('gained accuracy is reported and does not gate', () => {
  const { differences, holds } = compareRuns(sampleRun([int8Cell(0.001, 0)]), sampleRun([int8Cell(0, 0)]))
  expect(differences).toMatchObject([{ figure: 'accuracy', verdict: 'better', gates: false }])
  expect(holds).toBe(true)
})

test('more bytes gate, on another machine too', () => {
  const heavy = int8Cell(0, 0, { memory: { weightBytes: 1101, activationPeakBytes: 200, deviceBytes: 1 } })
  const { differences, holds } = compareRuns(sampleRun([int8Cell(0, 0)]), elsewhere(sampleRun([heavy])))
  expect(differences).toMatchObject([{ figure: 'weightBytes', before: 1100, after: 1101, gates: true }])
  expect(holds).toBe(false)
})

test('more time is a comment, never a gate', () => {
  const slow = floatCell({ latency: latency(2000) })
  const { differences, holds } = compareRuns(sampleRun([floatCell()]), sampleRun([slow]))
  expect(differences).toMatchObject([{ figure: 'latency', verdict: 'worse', gates: false }])
  expect(holds).toBe(true)
})

test('a difference in time below 5% is none', () => {
  const slow = floatCell({ latency: latency(1040) })
  expect(compareRuns(sampleRun([floatCell()]), sampleRun([slow])).differences).toEqual([])
})

test('time is never judged between machines that differ, and that is said', () => {
  const slow = floatCell({ latency: latency(2000) })
  const { differences, notJudged } = compareRuns(sampleRun([floatCell()]), elsewhere(sampleRun([slow])))
  expect(differences).toEqual([])
  expect(notJudged).toEqual(['time: the machines differ (f1, f2)'])
})

test('accuracy over other samples is not judged, and that is said', () => {
  const run = sampleRun([int8Cell(0.1, 0)])
  const other: Run = { ...run, run: { ...run.run, seed: 2 } }
  const { differences, notJudged } = compareRuns(sampleRun([int8Cell(0, 0)]), other)
  expect(differences).toEqual([])
  expect(notJudged.join()).toContain('other samples')
})

test('a cell that fails where it answered before gates', () => {
  const failed = floatCell({ status: 'failed', reason: 'broken' })
  const { differences, holds } = compareRuns(sampleRun([floatCell()]), sampleRun([failed]))
  expect(differences).toMatchObject([{ figure: 'status', before: 'ok', after: 'failed', gates: true }])
  expect(holds).toBe(false)
})

test('cells of one run alone are named, not judged', () => {
  const { compared, notJudged } = compareRuns(sampleRun([floatCell()]), sampleRun([int8Cell(0, 0)]))
  expect(compared).toBe(0)
  expect(notJudged).toHaveLength(2)
})

test('on another device INT8 accuracy is judged, and nothing else', () => {
  const moved = (cell: Cell): Cell => ({ ...cell, adapter: 'other', key: `${cell.key}-other` })
  const before = sampleRun([floatCell(), int8Cell(0, 0)])
  const after = sampleRun([moved(floatCell({ latency: latency(9000) })), moved(int8Cell(0.001, 0))])
  const { compared, differences, notJudged } = compareRuns(before, after)
  expect(compared).toBe(2)
  expect(differences).toMatchObject([{ figure: 'accuracy', verdict: 'worse', gates: true }])
  expect(notJudged).toMatchObject([
    expect.stringMatching(/^2 cells, all but the accuracy of INT8: measured on .* and .*\/other$/),
  ])
})
