import { rint } from '@octet/core'
import { integersOf, numbersOf, shapeOf } from '../../import/fold/values.ts'
import { gridOf, scalePlaces } from '../../import/quantized/integers.ts'
import { operands, type Source } from '../../import/source.ts'
import { Chain } from '../chain.ts'
import type { Reader, Reading } from '../op.ts'
import { NARROW_FLOATS, narrowFloat } from './narrow-float.ts'
import { along, byteGrid, integerRange, requireMatching, typeOf } from './grid.ts'

/**
 * Whole numbers in floats: x / scale rounded, ties to even, plus the zero point, limited to the bounds of the type. In
 * a model that is read as quantized, an Identity marks a tensor that the file puts on an 8-bit grid.
 */
export const quantizeLinear: Reader = (source) => {
  const [x, scale, zero = ''] = operands(source, 2, 3)
  const axis = source.attributes.int('axis', 1)
  const block = source.attributes.int('block_size', 0)
  const saturates = source.attributes.flag('saturate', true)
  source.attributes.ignore('precision')
  const type = typeOf(source, zero)
  if (NARROW_FLOATS.has(type)) return narrowFloat(source, { x, scale, axis, type, saturates })
  const range = integerRange(source, type)
  const constant = constantOf(source, { x, scale, zero, axis, block, range, type })
  if (constant !== undefined) return constant
  const grid = byteGrid(source, scale, zero, type)
  if (source.integers !== undefined && grid !== undefined) {
    const value = source.freshTensor(`${source.output}.value`)
    const held = gridOf(grid.scale, grid.zeroPoint, grid.isUnsigned)
    source.integers.marks.set(source.name, held)
    source.integers.define(source.output, { value, grid: held, isUnsigned: grid.isUnsigned })
    return { nodes: [{ op: 'Identity', name: source.name, inputs: [x], output: value, attributes: null }] }
  }
  const chain = new Chain(source)
  const rank = source.shape(x).length
  const steps = chain.add('steps', {
    op: 'Div',
    inputs: [x, along(source, scale, rank, axis)],
    attributes: null,
  })
  const rounded = chain.add('rounded', { op: 'Round', inputs: [steps], attributes: null })
  const moved =
    zero === ''
      ? rounded
      : chain.add('moved', {
          op: 'Add',
          inputs: [rounded, along(source, zero, rank, axis)],
          attributes: null,
        })
  const [min, max] = range
  chain.add('saturated', { op: 'Clip', inputs: [moved], attributes: { min, max } })
  return chain.reading()
}

interface Parts {
  readonly x: string
  readonly scale: string
  readonly zero: string
  readonly axis: number
  readonly block: number
  readonly range: readonly [least: number, most: number]
  readonly type: number
}

/** The integers of a constant. Undefined if the input is no constant. */
function constantOf(
  source: Source,
  { x, scale, zero, axis, block, range, type }: Parts,
): Reading | undefined {
  const [held, scales, points] = [x, scale, zero].map((name) =>
    name === '' ? undefined : source.constant(name),
  )
  if (held === undefined || scales === undefined || (zero !== '' && points === undefined)) return undefined
  requireMatching(source, scales, points)
  const shape = shapeOf(held)
  const place = scalePlaces(shape, shapeOf(scales), axis < 0 ? axis + shape.length : axis, block)
  const [min, max] = range
  const [numbers, steps, zeros] = [numbersOf(held), numbersOf(scales), points && numbersOf(points)]
  const values = Array.from(numbers, (value, i) => {
    const at = place(i)
    const q = rint(Math.fround(value / steps[at])) + (zeros?.[at] ?? 0)
    return Math.min(Math.max(q, min), max)
  })
  return { constant: { ...integersOf(shape, values), type } }
}
