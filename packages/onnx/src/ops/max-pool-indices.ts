import { elements, tensor, type Node, type Shape, type Tensor } from '@octet/core'
import { stridesOf } from '../import/fold/values.ts'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { requireRoom } from './op.ts'
import { outputSize, reaching, type AxisWindow } from './window.ts'

/** Replaces padding: the smallest finite float32. */
const LEAST = -(2 - 2 ** -23) * 2 ** 127
/** Floats represent every whole number up to this limit. */
const LARGEST_INDEX = 2 ** 24
/** The most cells of a window, because each cell needs its own Slice. */
const MOST_TAPS = 1024

/**
 * The second output of MaxPool, as floats: the index in the whole input of the largest value of each window. The first
 * of equal values counts. A window's cells are joined along a new axis, ArgMax finds the largest, and a table gives its
 * distance from the window's first cell.
 * @param inColumns whether indices count along the first axis of an image first (storage_order 1)
 * @throws OctetError for indices that floats cannot represent.
 */
export function maxPoolIndices(
  source: Source,
  {
    windows,
    ceilMode,
    inColumns,
  }: {
    readonly windows: readonly AxisWindow[]
    readonly ceilMode: boolean
    readonly inColumns: boolean
  },
): readonly Node[] {
  const [x] = operands(source, 1)
  const shape = source.shape(x)
  const [, channels, ...sizes] = shape
  const outputs = windows.map((window, axis) => outputSize(window, sizes[axis], ceilMode))
  const kernel = windows.map((window) => window.kernel)
  const taps = elements(kernel)
  if (elements(shape) > LARGEST_INDEX)
    refuse(source, `its indices go past ${LARGEST_INDEX}`, 'give the model smaller samples')
  if (taps > MOST_TAPS)
    refuse(
      source,
      `it finds indices in windows of ${taps} cells, at most ${MOST_TAPS}`,
      'use a smaller window',
    )
  if (outputs.some((size) => size < 1))
    refuse(source, 'its window is larger than its padded input', CONTRADICTION)
  requireRoom(source, [channels, ...outputs, taps])
  const strides = inColumns ? sizes.map((_, axis) => elements(sizes.slice(0, axis))) : stridesOf(sizes)
  const chain = new Chain(source)
  const padded = padding(chain, x, sizes, windows, outputs)
  const offsets = tensor('float32', [taps, 1])
  const cells = Array.from({ length: taps }, (_, tap) => {
    const at = coordinates(kernel, tap)
    const starts = at.map((place, axis) => place * windows[axis].dilation)
    offsets.data[tap] = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0)
    const cell = chain.add(`cell.${tap}`, {
      op: 'Slice',
      inputs: [padded],
      attributes: {
        axes: sizes.map((__, axis) => axis + 2),
        starts,
        ends: starts.map((start, axis) => start + (outputs[axis] - 1) * windows[axis].stride + 1),
        steps: windows.map(({ stride }) => stride),
      },
    })
    return chain.reshape(`cell.${tap}.apart`, cell, [0, channels, ...outputs, 1])
  })
  const axis = shape.length
  const side =
    cells.length === 1 ? cells[0] : chain.add('cells', { op: 'Concat', inputs: cells, attributes: { axis } })
  const place = chain.add('place', { op: 'ArgMax', inputs: [side], attributes: { axis, selectLast: false } })
  const all = source.freshConstant(
    `${source.name}.cells`,
    tensor(
      'float32',
      [taps],
      Float32Array.from({ length: taps }, (_, tap) => tap),
    ),
  )
  const chosen = chain.pair('chosen', 'Equal', all, place)
  const table = source.freshConstant(`${source.name}.offsets`, offsets)
  const offset = chain.add('offset', { op: 'MatMul', inputs: [chosen, table], attributes: null })
  const firsts = source.freshConstant(
    `${source.name}.firsts`,
    firstsOf(shape, [...shape.slice(0, 2), ...outputs], windows, strides),
  )
  const index = chain.pair(
    'index',
    'Add',
    chain.reshape('offset.shaped', offset, [0, channels, ...outputs]),
    firsts,
  )
  chain.rename(index, source.outputs[1])
  return chain.nodes
}

/** The input with as much padding as its windows reach. */
function padding(
  chain: Chain,
  x: string,
  sizes: Shape,
  windows: readonly AxisWindow[],
  outputs: readonly number[],
): string {
  const around = windows.map((window, axis) => reaching(window, sizes[axis], outputs[axis]))
  if (around.flat().every((pad) => pad === 0)) return x
  const [front, behind] = [0, 1].map((end) => around.map((both) => both[end]))
  const pads = [0, 0, ...front, 0, 0, ...behind]
  return chain.add('padded', { op: 'Pad', inputs: [x], attributes: { mode: 'constant', pads, value: LEAST } })
}

/** The index of the first cell of each window. It lies before the input if the input is padded. */
function firstsOf(
  shape: Shape,
  output: Shape,
  windows: readonly AxisWindow[],
  strides: readonly number[],
): Tensor<'float32'> {
  const plane = elements(shape.slice(2))
  const firsts = tensor('float32', output)
  for (let i = 0; i < firsts.data.length; i++) {
    const [sample, channel, ...places] = coordinates(output, i)
    firsts.data[i] = places.reduce(
      (sum, place, axis) => sum + (place * windows[axis].stride - windows[axis].pads[0]) * strides[axis],
      (sample * shape[1] + channel) * plane,
    )
  }
  return firsts
}

function coordinates(shape: Shape, i: number): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis])
}
