import type { Cell, Run } from '@octet/results'
import { describe, expect, test } from 'vitest'
import { causesOf } from '../src/why/cause.ts'
import { planned } from './run/planned.ts'
import { syntheticRun } from './run/synthetic.ts'

const whole = syntheticRun()
const [{ id: workload }] = whole.workloads

describe('the cause of a loss', () => {
  test('is the range of activations where another calibrator with the same weights keeps it', () => {
    const run = losing(({ calibration }) => calibration === 'entropy')
    const [first, ...others] = eightBit(run)
    expect(others.every(({ cell }) => cell.calibration === 'entropy')).toBe(true)
    expect(first.tensor).toBeDefined()
    expect(first.sentence).toMatch(/^entropy loses 30\.00 points with 8-bit /)
    expect(first.sentence).toContain(`of “${first.tensor}”`)
  })

  test('is the granularity where a scale for each channel keeps it, once for all calibrators', () => {
    const causes = eightBit(losing(({ weights }) => weights.granularity === 'per-tensor'))
    expect(causes).toHaveLength(1)
    expect(causes[0].sentence).toContain('with a scale for each channel')
    expect(causes[0].alike).toBeGreaterThan(0)
  })

  test('is said to be none of the choices where all of them lose alike', () => {
    const causes = eightBit(losing(({ method }) => method !== 'none'))
    expect(causes.length).toBeGreaterThan(0)
    for (const { sentence } of causes)
      expect(sentence).toContain('no measured configuration that differs in only one choice')
  })

  test('is not looked for where nothing misses the goal', () => {
    expect(eightBit(losing(() => false))).toEqual([])
  })
})

test('the layers of a mixed plan explain its loss, and no other plan does', () => {
  const int8 = whole.cells.find(
    (cell) => cell.workload === workload && cell.calibration === 'mse' && cell.task !== undefined,
  )!
  const lossy = withLoss(planned(int8, 'a', 'minmax', { stem: 'int8', head: 'int8' }), 0.3)
  const other = withLoss(planned(int8, 'b', 'mse', { stem: 'fp16', head: 'int8' }), 0)
  const causes = (...cells: Cell[]): string[] => eightBit({ ...whole, cells }).map(({ sentence }) => sentence)
  expect(causes(lossy, other)).toEqual([
    expect.stringMatching(
      /^minmax loses 30\.00 points with mixed precision \(2 INT8\), and no measured configuration that differs in only/,
    ),
  ])
  const same = withLoss(planned(int8, 'a', 'mse', { stem: 'int8', head: 'int8' }), 0)
  expect(causes(lossy, same)[0]).toContain('and mse 0.00 points with the same weights')
})

function eightBit(run: Run): ReturnType<typeof causesOf> {
  return causesOf(run, workload, {})
}

/** The run with 8-bit weights alone, of which some cells lose 30 points and the others nothing. */
function losing(loses: (cell: Cell) => boolean): Run {
  const cells = whole.cells.filter(({ weights }) => weights.bits !== 4)
  return { ...whole, cells: cells.map((cell) => withLoss(cell, loses(cell) ? 0.3 : 0)) }
}

function withLoss(cell: Cell, loss: number): Cell {
  if (cell.task === undefined) return cell
  return { ...cell, task: { ...cell.task, value: cell.task.fp32 - loss, loss, ci95: [loss, loss] } }
}
