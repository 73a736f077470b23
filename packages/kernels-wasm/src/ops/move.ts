import {
  bytesPerElement,
  type ConcatSpec,
  type Constants,
  elements,
  expectConstants,
  type ReshapeSpec,
} from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { type Call, type Plan, single, type Workshop } from './call.ts'

const SUFFIX: Readonly<Record<number, string>> = { 1: 'Bytes', 2: 'Halves', 4: 'Words' }

/** Where one input of a Concat begins in the output, and how its pixels run there. */
interface Place {
  readonly channel: number
  readonly position: number
  readonly image: number
  readonly run: number
  readonly outRun: number
}

const START: Place = { channel: 0, position: 0, image: 0, run: 1, outRun: 1 }

/** Words in the order of `Move` in assembly/move.ts. */
function wordsOf(input: readonly number[], output: readonly number[], table: number, place: Place): number[] {
  const [x, y] = [layoutOf(input), layoutOf(output)]
  return [
    table,
    x.channels,
    x.positions,
    x.stored,
    y.channels,
    y.positions,
    y.stored,
    y.count,
    x.images,
    place.channel,
    place.position,
    place.image,
    place.run,
    place.outRun,
  ]
}

/** A Reshape moves nothing where both shapes are stored in row-major order, or alike. */
export function planReshape(spec: ReshapeSpec, { shelf }: Workshop): Plan {
  const [from, to] = [spec.inputs[0].shape, spec.output.shape]
  const [x, y] = [layoutOf(from), layoutOf(to)]
  const size = bytesPerElement(spec.output.dtype)
  const rowMajor = [x, y].every(
    ({ channels, stored, positions }) => stored === channels && (channels === 1 || positions === 1),
  )
  const alike = x.channels === y.channels && x.images === y.images
  const words = wordsOf(from, to, 0, START)
  if (rowMajor || alike) {
    words[7] = y.count * size
    return single(shelf, { kernel: 'copyStorage', tiles: 1, cycles: (y.count * size) / 16 }, words)
  }
  // Images of x and y may differ in number: x is walked through in order, y image by image.
  words[8] = y.images
  return single(shelf, { kernel: `reshape${SUFFIX[size]}`, tiles: 1, cycles: 3 * y.count }, words)
}

/** Each input of a Concat is copied to its place, int8 through its table. */
export function planConcat(spec: ConcatSpec, constants: Constants, { shelf }: Workshop): Plan {
  const { shape, dtype } = spec.output
  const tables = dtype === 'int8' ? expectConstants(spec, constants, 'int-concat').tables : undefined
  const size = bytesPerElement(dtype)
  let start = 0
  const calls = spec.inputs.map((input, index): Call => {
    const table = tables === undefined ? 0 : shelf.put(tables.slice(256 * index, 256 * (index + 1)))
    const words = wordsOf(input.shape, shape, table, placeOf(spec, input.shape, start))
    start += input.shape[spec.axis]
    return {
      kernel: `join${SUFFIX[size]}`,
      tiles: 1,
      constants: shelf.put(Int32Array.from(words)),
      a: index,
      b: index,
      cycles: elements(input.shape),
    }
  })
  return { calls, scratchBytes: 0 }
}

function placeOf({ axis, output: { shape } }: ConcatSpec, input: readonly number[], start: number): Place {
  const whole = elements(shape.slice(2))
  if (axis === 0) return { channel: 0, position: 0, image: start, run: whole, outRun: whole }
  if (axis === 1) return { channel: start, position: 0, image: 0, run: whole, outRun: whole }
  const inner = elements(shape.slice(axis + 1))
  return {
    channel: 0,
    position: start * inner,
    image: 0,
    run: input[axis] * inner,
    outRun: shape[axis] * inner,
  }
}
