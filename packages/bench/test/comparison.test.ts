import { type Cell, compareRuns } from '@octet/results'
import { expect, test } from 'vitest'
import { comparisonLines, comparisonMarkdown } from '../src/show/comparison.ts'
import { cell, run } from './made-run.ts'

function lines(before: readonly Cell[], after: readonly Cell[]): string[] {
  const [a, b] = [run('first', before), run('second', after)]
  return comparisonLines(a, b, compareRuns(a, b))
}

const heavier = (calibration: string, weightBytes = 12_346): Cell =>
  cell({ calibration, memory: { weightBytes, activationPeakBytes: 200, deviceBytes: 300 } })

test('both runs head the answer, and the counts end it', () => {
  const told = lines([cell()], [cell()])
  expect(told).toEqual([
    'before: first, commit 0123456789ab with changes, seed 7, 1 cells, on a CPU, node 20',
    'after: second, commit 0123456789ab with changes, seed 7, 1 cells, on a CPU, node 20',
    '1 cells compared (accuracy of 1, fidelity of 0, bytes of 1, time of 0); of 0 differences 0 fail, 0 ' +
      'are worse and do not count, 0 are better: nothing that counts got worse',
  ])
})

test('a byte more is seen, in one line for all cells that it is true of', () => {
  const calibrations = ['minmax', 'mse', 'entropy', 'auto', 'moving-average']
  const told = lines(
    calibrations.map((calibration) => cell({ calibration })),
    calibrations.map((calibration) => heavier(calibration, calibration === 'auto' ? 12_400 : 12_346)),
  )
  const changes = told.filter((line) => line.startsWith('FAILS'))
  expect(changes).toHaveLength(2)
  expect(changes[0]).toMatch(
    new RegExp(
      '^FAILS worse: 4 cells: digits.*minmax/k/a, .*mse/k/a, .*entropy/k/a and 1 more: ' +
        'weightBytes 12,345 B -> 12,346 B$',
    ),
  )
  expect(changes[1]).toMatch(/^FAILS worse: digits.*auto\/k\/a: weightBytes 12,345 B -> 12,400 B$/)
})

test('as many decimals are shown as tell two figures apart', () => {
  const at = (value: number): Cell => cell({ task: { ...cell().task!, value } })
  expect(lines([at(0.98001)], [at(0.98)]).join('\n')).toContain('accuracy 98.001% -> 98.000%')
  expect(lines([at(0.98)], [at(0.97)]).join('\n')).toContain('accuracy 98.00% -> 97.00%')
})

test('Markdown has a heading with the verdict, and a table whose names do nothing', () => {
  const [a, b] = [run('first', [cell({ calibration: 'x|<b>@you' })]), run('second', [heavier('x|<b>@you')])]
  const told = comparisonMarkdown(a, b, compareRuns(a, b)).join('\n')
  expect(told).toMatch(/^### The comparison fails\n/)
  expect(told).toContain('| weightBytes | <code>12,345 B</code> | <code>12,346 B</code> |')
  expect(told).not.toMatch(/<b>|@you/)
  expect(comparisonMarkdown(a, a, compareRuns(a, a))[0]).toBe('### Nothing that counts got worse')
})

test('an escape sequence in a name does not reach the terminal', () => {
  expect(lines([cell({ calibration: '\u001B[31m' })], [heavier('\u001B[31m')]).join('')).not.toContain(
    '\u001B',
  )
})
