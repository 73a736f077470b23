import { elements, tensor, type Shape } from '@octet/core'
import { numbersOf } from '../import/fold/values.ts'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { asFloats, requireRoom, type Reader } from './op.ts'
import { Reduction } from './reduce.ts'

// Ops that find the largest of several numbers, or that make numbers from indices.

/** The most values that a TopK finds, because it finds them one after the other. */
const MOST_FOUND = 16
/** The number that replaces a found value: the smallest finite float32. */
const LEAST = -(2 - 2 ** -23) * 2 ** 127

/** Whole numbers from 0 along one axis. */
function countAlong(source: Source, axis: number, shape: Shape): string {
  const held = tensor(
    'float32',
    shape.map((size, at) => (at === axis ? size : 1)),
    Float32Array.from({ length: shape[axis] }, (_, i) => i),
  )
  return source.freshConstant(`${source.name}.places`, held)
}

/** The largest values along an axis, one after the other. Each value is removed before the next is found. */
export const topK: Reader = (source) => {
  const { attributes, opset, outputs } = source
  const [x] = operands(source, opset < 10 ? 1 : 2)
  const shape = source.shape(x)
  const [axis] = axesOf(source, [attributes.int('axis', -1)], shape.length)
  const count = opset < 10 ? attributes.int('k', 0) : integers(source, 1, 'k')[0]
  const isLargest = attributes.flag('largest', true)
  attributes.ignore('sorted')
  if (!(count >= 1 && count <= shape[axis])) refuse(source, `k is ${count}`, CONTRADICTION)
  if (count > MOST_FOUND)
    refuse(
      source,
      `it looks for ${count} values, at most ${MOST_FOUND} are found`,
      'end the model before this node, at a tensor of the network: --output NAME',
    )
  const chain = new Chain(source)
  let rest = isLargest ? x : chain.add('minus', { op: 'Neg', inputs: [x], attributes: null })
  const [values, places]: [string[], string[]] = [[], []]
  const all = countAlong(source, axis, shape)
  for (let i = 0; i < count; i++) {
    const place = chain.add(`place.${i}`, {
      op: 'ArgMax',
      inputs: [rest],
      attributes: { axis, selectLast: false },
    })
    places.push(place)
    values.push(new Reduction(source, chain, x, [axis]).max(`value.${i}`, rest))
    const found = chain.pair(`found.${i}`, 'Equal', all, place)
    rest = chain.add(`rest.${i}`, {
      op: 'Where',
      inputs: [found, chain.number('least', LEAST), rest],
      attributes: null,
    })
  }
  const joined = (part: string, parts: readonly string[]): string =>
    parts.length === 1 ? parts[0] : chain.add(part, { op: 'Concat', inputs: parts, attributes: { axis } })
  const [top = '', where = ''] = outputs
  if (top !== '') {
    const found = joined('values', values)
    chain.pair('signed', 'Mul', found, chain.number('sign', isLargest ? 1 : -1))
    chain.rename(chain.nodes.at(-1)!.output, top)
  }
  if (where !== '') {
    chain.pair('counted', 'Add', joined('places', places), chain.number('zero', 0))
    chain.rename(chain.nodes.at(-1)!.output, where)
  }
  return chain.readings()
}

/** 1 at the largest value, and 0 elsewhere. Up to opset 12, the maximum is over all axes from `axis` on. */
export const hardmax: Reader = (source) => {
  const { attributes, opset } = source
  const [x] = operands(source, 1)
  const shape = source.shape(x)
  const [axis] = axesOf(source, [attributes.int('axis', opset < 13 ? 1 : -1)], shape.length)
  const chain = new Chain(source)
  const isJoined = opset < 13 && axis < shape.length - 1
  const inner = isJoined ? elements(shape.slice(axis)) : shape[axis]
  const kept = shape.slice(0, axis).map(() => 0)
  const rows = isJoined ? chain.reshape('joined', x, [...kept, inner]) : x
  const sizes = isJoined ? [...shape.slice(0, axis), inner] : shape
  const place = chain.add('place', { op: 'ArgMax', inputs: [rows], attributes: { axis, selectLast: false } })
  const chosen = chain.pair('chosen', 'Equal', countAlong(source, axis, sizes), place)
  if (isJoined) chain.reshape('back', chosen, [...kept, ...shape.slice(axis)])
  return chain.reading()
}

/** One value at each given index along a new axis, and another value elsewhere. */
export const oneHot: Reader = (source) => {
  const [places, ...rest] = operands(source, 3)
  const [depth, values] = rest.map((name) => source.constant(name))
  if (depth === undefined || values === undefined)
    refuse(source, 'its depth and its values must be constants', 'export the model with them frozen')
  const [size] = Array.from(numbersOf(depth))
  const [off, on] = Array.from(numbersOf(values))
  if (!(size >= 1)) refuse(source, `its depth is ${size}`, CONTRADICTION)
  requireRoom(source, [size])
  const shape = source.shape(places)
  const [axis] = axesOf(source, [source.attributes.int('axis', -1)], shape.length + 1)
  const chain = new Chain(source)
  const kept = shape.map((length, at) => (at === 0 ? 0 : length))
  const last = chain.oneHot('chosen', asFloats(source, places), [...kept, 1], size)
  const perm = Array.from({ length: shape.length + 1 }, (_, at) => at).toSpliced(shape.length, 1)
  perm.splice(axis, 0, shape.length)
  const turned = axis === shape.length ? last : chain.transpose('turned', last, perm)
  const scaled = chain.pair('scaled', 'Mul', turned, chain.number('range', on - off))
  chain.pair('valued', 'Add', scaled, chain.number('off', off))
  return chain.reading()
}

/** Cumulative sums along an axis, as a product with a triangular matrix of ones. */
export const cumSum: Reader = (source) => {
  const { attributes } = source
  const [x] = operands(source, 2)
  const shape = source.shape(x)
  const [axis] = axesOf(source, integers(source, 1, 'axis'), shape.length)
  const isExclusive = attributes.flag('exclusive', false)
  const isReversed = attributes.flag('reverse', false)
  const size = shape[axis]
  requireRoom(source, [size, size])
  const ones = tensor('float32', [size, size])
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) {
      const distance = isReversed ? from - to : to - from
      ones.data[from * size + to] = Number(isExclusive ? distance > 0 : distance >= 0)
    }
  const chain = new Chain(source)
  const last = shape.length - 1
  const perm = [...shape.keys()].with(axis, last).with(last, axis)
  const turned = (part: string, name: string): string =>
    axis === last ? name : chain.transpose(part, name, perm)
  const inputs = [turned('last', x), source.freshConstant(`${source.name}.ones`, ones)]
  const sums = chain.add('sums', { op: 'MatMul', inputs, attributes: null })
  turned('back', sums)
  return chain.reading()
}
