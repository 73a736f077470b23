import { bracketed, elements, tensor } from '@octet/core'
import type { Constant } from '../../import/constant.ts'
import { numbersOf, shapeOf } from '../../import/fold/values.ts'
import { gridOf, sameGrid, scalePlaces } from '../../import/quantized/integers.ts'
import { CONTRADICTION, operands, refuse, type Source } from '../../import/source.ts'
import { Chain } from '../chain.ts'
import type { Reader, Reading } from '../op.ts'
import { along, byteGrid, INT8, required, requireMatching, UINT8 } from './grid.ts'

/**
 * The integers minus the zero point, times the scale. Constants are dequantized while the model is read. In a model
 * that is read as quantized, integers on the grid that they were rounded to become the float tensor before the
 * rounding.
 */
export const dequantizeLinear: Reader = (source) => {
  const [x, scale, zero = ''] = operands(source, 2, 3)
  const axis = source.attributes.int('axis', 1)
  const block = source.attributes.int('block_size', 0)
  source.attributes.ignore('output_dtype')
  const view = source.integers?.view(x)
  const held = view === undefined ? source.constant(x) : undefined
  if (held !== undefined) return constantOf(source, held, { scale, zero, axis, block })
  const points = zero === '' ? undefined : source.constant(zero)
  const type = points?.type ?? (view === undefined ? (source.typeOf(0) ?? 0) : view.isUnsigned ? UINT8 : INT8)
  const bytes = byteGrid(source, scale, zero, type)
  const grid = bytes && gridOf(bytes.scale, bytes.zeroPoint, bytes.isUnsigned)
  if (
    view !== undefined &&
    grid !== undefined &&
    sameGrid(view.grid, grid) &&
    bytes!.isUnsigned === view.isUnsigned
  )
    return { same: view.value }
  const chain = new Chain(source)
  const rank = source.shape(x).length
  const input = source.wholeNumbers(x)
  const shifted = isZero(points, zero)
    ? input
    : chain.add('shifted', {
        op: 'Sub',
        inputs: [input, along(source, zero, rank, axis)],
        attributes: null,
      })
  // Otherwise a zero point and a scale would become one product and one sum, with another rounding.
  const apart =
    shifted === input ? input : chain.add('apart', { op: 'Identity', inputs: [shifted], attributes: null })
  const factor = along(source, scale, rank, axis)
  const scaled = chain.add('scaled', { op: 'Mul', inputs: [apart, factor], attributes: null })
  if (source.integers === undefined || grid === undefined) return chain.reading()
  // All are numbers of the grid, from which integers can be read.
  const { name, output } = source
  source.integers.marks.set(name, grid)
  return {
    nodes: [...chain.nodes, { op: 'Identity', name, inputs: [scaled], output, attributes: null }],
  }
}

function isZero(points: Constant | undefined, zero: string): boolean {
  return zero === '' || (points !== undefined && Array.from(numbersOf(points)).every((point) => point === 0))
}

interface Parts {
  readonly scale: string
  readonly zero: string
  readonly axis: number
  readonly block: number
}

function constantOf(source: Source, held: Constant, { scale, zero, axis, block }: Parts): Reading {
  const scales = required(source, scale)
  const points = zero === '' ? undefined : required(source, zero)
  requireMatching(source, scales, points)
  const shape = shapeOf(held)
  const at = axis < 0 ? axis + shape.length : axis
  const counts = shapeOf(scales)
  const count = elements(counts)
  const wanted =
    count === 1
      ? 1
      : block === 0
        ? shape[at]
        : elements(shape.map((size, i) => (i === at ? Math.ceil(size / block) : size)))
  if (count !== wanted)
    refuse(source, `scales ${bracketed(counts)} do not fit its tensor ${bracketed(shape)}`, CONTRADICTION)
  const place = scalePlaces(shape, counts, at, block)
  const [numbers, steps, zeros] = [numbersOf(held), numbersOf(scales), points && numbersOf(points)]
  const data = new Float32Array(numbers.length)
  for (let i = 0; i < data.length; i++) {
    const from = place(i)
    data[i] = Math.fround(numbers[i] - (zeros?.[from] ?? 0)) * steps[from]
  }
  const dequantized = tensor('float32', shape, data)
  if (held.kind === 'integer')
    source.integers?.held.push({
      tensor: dequantized,
      values: held.values,
      type: held.type ?? 0,
      ...(block === 0 && { scale: Float32Array.from(steps) }),
      zeroPoint: zeros === undefined ? Array.from(steps, () => 0) : Array.from(zeros),
    })
  return { constant: { kind: 'float', tensor: dequantized } }
}
