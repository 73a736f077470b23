import type { Cell } from '@octet/results'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMeasured, type Measured, paretoFront } from '../src/decision/front.ts'
import { syntheticRun } from './run/synthetic.ts'

const template = syntheticRun().cells.find(isMeasured)!

function measured(median: number, drop: number): Measured {
  return { ...template, task: { ...template.task, loss: drop }, latency: { ...template.latency, median } }
}

const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: -5, max: 5 })), {
  minLength: 1,
})

describe('the Pareto front', () => {
  test('has no member that another cell beats in one figure and equals in the other', () => {
    fc.assert(
      fc.property(points, (points) => {
        const cells = points.map(([median, drop]) => measured(median, drop))
        const front = paretoFront(cells)
        expect(front.length).toBeGreaterThan(0)
        for (const cell of front) expect(cells.filter((other) => beats(other, cell))).toEqual([])
      }),
    )
  })

  test('leaves out only cells that a member beats or equals', () => {
    fc.assert(
      fc.property(points, (points) => {
        const cells = points.map(([median, drop]) => measured(median, drop))
        const front = paretoFront(cells)
        for (const cell of cells.filter((cell) => !front.includes(cell)))
          expect(front.some((member) => beats(member, cell) || equals(member, cell))).toBe(true)
      }),
    )
  })

  test('takes only cells with every figure', () => {
    const { latency: _, ...untimed } = template
    expect([template, untimed as Cell].map(isMeasured)).toEqual([true, false])
  })
})

function beats(a: Measured, b: Measured): boolean {
  const [time, loss] = [a.latency.median - b.latency.median, a.task.loss - b.task.loss]
  return time <= 0 && loss <= 0 && (time < 0 || loss < 0)
}

function equals(a: Measured, b: Measured): boolean {
  return a.latency.median === b.latency.median && a.task.loss === b.task.loss
}
