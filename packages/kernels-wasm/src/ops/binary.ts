import { type Constants, elements, expectConstants, meeting, sameShape, type Shape } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits, type Shelf } from '../memory/shelf.ts'
import { elementwise, elementwiseWords, PER_TILE } from './elementwise.ts'
import { floatTarget, integerTarget, type Op, single, type SpecOf, suffixOf, type Target } from './op.ts'

type Name = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max' | 'Equal' | 'Less' | 'LessOrEqual'

/** Functions of two numbers. */
export const BINARY: { readonly [N in Name]?: Op<N> } = {
  Add: binary('add', 'add'),
  // Its constants for int8 are those of a sum.
  Sub: binary('sub', 'add'),
  Mul: binary('mul', 'mul', 'scale'),
  Div: binary('div'),
  Pow: binary('pow'),
  Min: binary('min', 'min'),
  Max: binary('max', 'max'),
  Equal: binary('equal'),
  Less: binary('less'),
  LessOrEqual: binary('lessOrEqual'),
}

/**
 * The names are kernel names without their suffix: for floats, for int8, and for a b with one number per channel. The
 * words have the order of `Binary` and `Rows` in assembly/ops/binary.ts.
 */
function binary(onFloats: string, onInt8: string = onFloats, perChannel?: string): Op<Name> {
  return {
    plan(spec, constants, { shelf }) {
      const [a, b] = spec.inputs
      const suffix = suffixOf(a.dtype)
      const kernel = suffix === 'Int8' ? onInt8 : onFloats
      const [target, words] = numbersOf(spec, constants, shelf)
      const { shape } = spec.output
      const isWhole = sameShape(a.shape, shape)
      if (isWhole && sameShape(b.shape, shape))
        return elementwise(shelf, spec, `${kernel}${suffix}`, [...words, 0, 0], target)
      const { images, stored, positions, count } = layoutOf(shape)
      const [batch, channels, ...pixels] = shape
      const factor = [batch, channels, ...pixels.map(() => 1)]
      if (perChannel !== undefined && isWhole && sameShape(b.shape, factor))
        return single(shelf, { kernel: `${perChannel}${suffix}`, tiles: images, cycles: count, b: 1 }, [
          ...elementwiseWords(count, target),
          ...words,
          stored,
          positions,
        ])
      return byRows(shelf, spec, `${kernel}Rows${suffix}`, target, words)
    },
  }
}

/** The output's scale, the inputs' scales and zero points, or the tables, as words. */
function numbersOf(spec: SpecOf<Name>, constants: Constants, shelf: Shelf): readonly [Target, number[]] {
  if (spec.inputs[0].dtype !== 'int8')
    return [floatTarget(expectConstants(spec, constants, 'clamp').clamp), [0, 0, 0, 0, 0, 0]]
  if (spec.op === 'Min' || spec.op === 'Max') {
    const { tables } = expectConstants(spec, constants, 'int-select')
    return [floatTarget([-Infinity, Infinity]), [0, 0, 0, 0, 0, shelf.put(tables)]]
  }
  const kind = spec.op === 'Mul' ? 'int-mul' : 'int-add'
  const { a, b, inverseScale, clamp, outputZeroPoint } = expectConstants(spec, constants, kind)
  const scales = [floatBits(a.scale), floatBits(b.scale)]
  return [
    integerTarget(clamp, outputZeroPoint),
    [...scales, a.zeroPoint, b.zeroPoint, floatBits(inverseScale), 0],
  ]
}

/** A tensor as rows of adjacent elements. */
interface Rows {
  /** Rows by image and position. */
  readonly axes: Shape
  /** Elements of a row, and the distance to the next row. */
  readonly length: number
  readonly stride: number
}

/** A row has the channels of a pixel. Tensors with one channel have ONNX's order, so their rows are the last axis. */
function rowsOf(shape: Shape, hasChannels: boolean): Rows {
  const { channels, stored } = layoutOf(shape)
  if (hasChannels) return { axes: [shape[0], ...shape.slice(2)], length: channels, stride: stored }
  const length = shape.at(-1) ?? 1
  return { axes: shape.slice(0, -1), length, stride: length }
}

/** The rows of repeated tensors, one by one. */
function byRows(
  shelf: Shelf,
  { inputs, output }: SpecOf<Name>,
  kernel: string,
  target: Target,
  words: readonly number[],
): ReturnType<typeof single> {
  const hasChannels = layoutOf(output.shape).channels > 1
  const y = rowsOf(output.shape, hasChannels)
  const [, ...positions] = y.axes
  const count = elements(y.axes)
  const perTile = Math.max(1, Math.floor(PER_TILE / y.stride))
  const operands = inputs.flatMap(({ shape }) => {
    const { axes, length, stride } = rowsOf(shape, hasChannels)
    const [images = 1, ...own] = axes
    const isAlike = sameShape(own, positions)
    const repeats = !isAlike && elements(own) > 1
    const rows = repeats ? shelf.put(Int32Array.from(meeting(own, positions))) : 0
    return [
      stride,
      images === 1 ? 0 : elements(own),
      isAlike ? 1 : 0,
      rows,
      Number(length === 1 && y.length > 1),
    ]
  })
  const call = { kernel, tiles: Math.ceil(count / perTile), cycles: count * (y.length + 8), b: 1 }
  return single(shelf, call, [
    ...elementwiseWords(count, target, perTile),
    ...words,
    y.stride,
    elements(positions),
    y.stride,
    ...operands,
  ])
}
