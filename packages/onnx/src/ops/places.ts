import { bracketed, elements, tensor, type Shape } from '@octet/core'
import { numbersOf, stridesOf } from '../import/fold/values.ts'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { requireRoom, type Reader } from './op.ts'

// Ops that read or write numbers at indices that are known before the model runs. Each is one Gather from all numbers
// in a row.

/** The coordinates of the i-th element along each axis. */
function coordinates(shape: Shape, i: number): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis])
}

function placeOf(source: Source, shape: Shape, at: readonly number[]): number {
  const strides = stridesOf(shape)
  return at.reduce((place, given, axis) => {
    const index = given < 0 ? given + shape[axis] : given
    if (!(index >= 0 && index < shape[axis]))
      refuse(source, `index ${given} is outside a size of ${shape[axis]}`, CONTRADICTION)
    return place + index * strides[axis]
  }, 0)
}

/** All numbers of a tensor in a row. */
function row(chain: Chain, source: Source, part: string, name: string): string {
  const held = source.constant(name)
  if (held === undefined) return chain.reshape(part, name, [1, -1])
  const data = Float32Array.from(numbersOf(held))
  return source.freshConstant(name, tensor('float32', [1, data.length], data))
}

function taken(chain: Chain, part: string, x: string, places: readonly number[], shape: Shape): void {
  const list = chain.add(part, { op: 'Gather', inputs: [x], attributes: { axis: 1, indices: places } })
  chain.reshape('shaped', list, shape)
}

/** The elements that indices [..., k] select along the first k axes after `batch` axes, as their places in a row. */
function blocks(
  source: Source,
  x: Shape,
  batch: number,
): { readonly places: number[]; readonly shape: Shape } {
  const given = integers(source, 1, 'indices')
  const shape = source.shape(source.inputs[1])
  const depth = shape.at(-1) ?? 0
  if (depth < 1 || depth + batch > x.length || shape.slice(0, batch).join() !== x.slice(0, batch).join())
    refuse(source, `indices ${bracketed(shape)} do not fit ${bracketed(x)}`, CONTRADICTION)
  const block = elements(x.slice(batch + depth))
  const each = elements(shape.slice(batch, -1))
  requireRoom(source, [...shape.slice(0, -1), ...x.slice(batch + depth)])
  const places: number[] = []
  for (let i = 0; i < given.length / depth; i++) {
    const sample = coordinates(shape.slice(0, batch), Math.floor(i / each))
    const tail = x.slice(batch + depth).map(() => 0)
    const start = placeOf(source, x, [...sample, ...given.slice(i * depth, (i + 1) * depth), ...tail])
    for (let at = 0; at < block; at++) places.push(start + at)
  }
  return { places, shape: [...shape.slice(0, -1), ...x.slice(batch + depth)] }
}

const gatherNd: Reader = (source) => {
  const [x] = operands(source, 2)
  const { places, shape } = blocks(source, source.shape(x), source.attributes.int('batch_dims', 0))
  const chain = new Chain(source)
  taken(chain, 'taken', row(chain, source, 'row', x), places, shape)
  return chain.reading()
}

/** The places of the elements whose coordinate along one axis comes from the indices. */
function along(source: Source): { readonly places: number[]; readonly shape: Shape } {
  const x = source.shape(source.inputs[0])
  const given = integers(source, 1, 'indices')
  const shape = source.shape(source.inputs[1])
  const [axis] = axesOf(source, [source.attributes.int('axis', 0)], x.length)
  if (shape.length !== x.length)
    refuse(source, `indices ${bracketed(shape)} do not fit ${bracketed(x)}`, CONTRADICTION)
  return {
    places: given.map((index, i) => placeOf(source, x, coordinates(shape, i).with(axis, index))),
    shape,
  }
}

const gatherElements: Reader = (source) => {
  const [x] = operands(source, 2)
  const { places, shape } = along(source)
  const chain = new Chain(source)
  taken(chain, 'taken', row(chain, source, 'row', x), places, shape)
  return chain.reading()
}

/** Writes updates at places. If several have the same place, the last counts. */
function scatter(find: (source: Source) => { readonly places: number[] }): Reader {
  return (source) => {
    const [x, , updates] = operands(source, 3)
    const shape = source.shape(x)
    const reduction = source.attributes.string('reduction', 'none')
    if (reduction !== 'none')
      refuse(source, `reduction ${reduction} is not computed`, 'export the model with reduction none')
    const { places } = find(source)
    const count = elements(shape)
    if (elements(source.shape(updates)) !== places.length)
      refuse(source, 'the number of its updates differs from that of its indices', CONTRADICTION)
    const from = Array.from({ length: count }, (_, i) => i)
    for (const [i, place] of places.entries()) from[place] = count + i
    const chain = new Chain(source)
    const inputs = [row(chain, source, 'row', x), row(chain, source, 'updates', updates)]
    const both = chain.add('both', { op: 'Concat', inputs, attributes: { axis: 1 } })
    taken(chain, 'put', both, from, shape)
    return chain.reading()
  }
}

/** Reverses an axis over the length of each sequence of a batch. */
const reverseSequence: Reader = (source) => {
  const [x] = operands(source, 2)
  const shape = source.shape(x)
  const lengths = integers(source, 1, 'sequence_lens')
  const axes = ['time_axis', 'batch_axis'].map((name, i) => source.attributes.int(name, i))
  const [time, batch] = axesOf(source, axes, shape.length)
  const places = Array.from({ length: elements(shape) }, (_, i) => {
    const at = coordinates(shape, i)
    const length = lengths[at[batch]] ?? 0
    return placeOf(source, shape, at[time] < length ? at.with(time, length - 1 - at[time]) : at)
  })
  const chain = new Chain(source)
  taken(chain, 'turned', row(chain, source, 'row', x), places, shape)
  return chain.reading()
}

/** The slices of an axis, or of all numbers in a row, that satisfy a condition. */
const compress: Reader = (source) => {
  const [x] = operands(source, 2)
  const shape = source.shape(x)
  const holds = integers(source, 1, 'condition')
  const indices = [...holds.keys()].filter((i) => holds[i] !== 0)
  const chain = new Chain(source)
  if (!source.attributes.has('axis'))
    taken(chain, 'kept', row(chain, source, 'row', x), indices, [indices.length])
  else {
    const [axis] = axesOf(source, [source.attributes.int('axis', 0)], shape.length)
    chain.add('kept', { op: 'Gather', inputs: [x], attributes: { axis, indices } })
  }
  return chain.reading()
}

/** Repeats each axis several times. */
const tile: Reader = (source) => {
  const [x] = operands(source, 2)
  const shape = source.shape(x)
  const repeats = integers(source, 1, 'repeats')
  if (repeats.length !== shape.length || repeats.some((count) => count < 1))
    refuse(source, `repeats ${bracketed(repeats)} do not fit ${bracketed(shape)}`, CONTRADICTION)
  requireRoom(
    source,
    shape.map((size, axis) => size * repeats[axis]),
  )
  const chain = new Chain(source)
  let y = x
  for (const [axis, count] of repeats.entries()) {
    if (count === 1) continue
    const inputs = Array.from({ length: count }, () => y)
    y = chain.add('repeated', { op: 'Concat', inputs, attributes: { axis } })
  }
  return y === x ? { same: x } : chain.reading()
}

/** The values above or below a diagonal of the last two axes. The rest is 0. */
const trilu: Reader = (source) => {
  const [x] = operands(source, 1, 2)
  const shape = source.shape(x)
  const upper = source.attributes.flag('upper', true)
  const [k] = source.inputs[1] ? integers(source, 1, 'k') : [0]
  const [rows, columns] = shape.slice(-2)
  const mask = tensor('float32', [rows, columns])
  for (let i = 0; i < mask.data.length; i++) {
    const distance = (i % columns) - Math.floor(i / columns)
    mask.data[i] = Number(upper ? distance >= k : distance <= k)
  }
  const chain = new Chain(source)
  const inputs = [source.freshConstant(`${source.name}.mask`, mask), x, chain.number('zero', 0)]
  chain.add('kept', { op: 'Where', inputs, attributes: null })
  return chain.reading()
}

/** Ops that move numbers by constants, by ONNX's names. */
export const PLACES: Readonly<Record<string, Reader>> = {
  Compress: compress,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ReverseSequence: reverseSequence,
  Scatter: scatter(along),
  ScatterElements: scatter(along),
  ScatterND: scatter((source) => blocks(source, source.shape(source.inputs[0]), 0)),
  Tile: tile,
  Trilu: trilu,
}
