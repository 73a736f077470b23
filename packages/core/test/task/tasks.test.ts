import { expect, test } from 'vitest'
import { taskOfLabels } from '../../src/task/tasks.ts'
import { inUnit, withUnit } from '../../src/task/unit.ts'
import type { DType } from '../../src/tensor/dtype.ts'
import { tensor } from '../../src/tensor/tensor.ts'

test.each<[string, DType, readonly number[], readonly number[], number, string | undefined]>([
  ['classes', 'int32', [3], [0, 2, 1], 3, 'classification'],
  ['classes as a column of floats', 'float32', [3, 1], [0, 2, 1], 3, 'classification'],
  ['one-hot rows', 'float32', [2, 3], [0, 1, 0, 1, 0, 0], 3, 'classification'],
  ['0 and 1 for two outputs', 'uint8', [2], [0, 1], 2, 'classification'],
  ['0 and 1 for one output', 'float32', [2, 1], [0, 1], 1, 'binary'],
  ['other integers for one output', 'int32', [2], [0, 7], 1, 'regression'],
  ['floats for one output', 'float32', [2], [0, 0.5], 1, 'regression'],
  ['floats for each output', 'float32', [2, 2], [0, 0.5, 1, 2], 2, 'regression'],
  ['floats for other outputs', 'float32', [2, 3], [0, 0.5, 1, 2, 3, 4], 2, undefined],
])('%s are labels of a task', (_, dtype, shape, values, outputs, task) => {
  const labels = tensor(dtype, shape)
  values.forEach((value, i) => (labels.data[i] = value))
  expect(taskOfLabels(labels, outputs)).toBe(task)
})

test('numbers of the size that the data has are written with digits that count', () => {
  const own = { name: '', factor: 1, decimals: 3, significant: true }
  expect([12345.678, 0.00123456, 0, -2.5].map((value) => inUnit(value, own))).toEqual([
    '12300',
    '0.00123',
    '0',
    '-2.5',
  ])
  expect(withUnit(0.012, { name: "% of the labels' deviation", factor: 100, decimals: 2 })).toBe(
    "1.20% of the labels' deviation",
  )
})
