import { elements, type ConcatSpec } from '@octet/core'
import type { Element } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { keepLanes } from '../wgsl/output.ts'
import { kept } from './dtypes.ts'
import { elementwise } from './elementwise.ts'
import { elementOf, extentOf, type Kernel, type Sizes } from './kernel.ts'
import type { Op } from './op.ts'
import { LOOK_UP, packEntries, TABLE } from './table.ts'

/** The most storage buffers of a shader on any adapter: input tensors, output, tables of integers. */
const MOST_BUFFERS = 8

/** Floats are joined unchanged. Integers go through the table of their tensor. */
export const concat: Op<'Concat'> = {
  build,
  dtypes: kept,
  declines({ inputs: { length }, output }) {
    const most = MOST_BUFFERS - (output.dtype === 'int8' ? 2 : 1)
    return length <= most ? undefined : `joins at most ${most} tensors, not ${length}`
  },
}

function build(spec: ConcatSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const { joined, ...join } = startsAtBlocks(spec) ? byWord(spec, x) : byLane(spec, x)
  const shared = {
    inputs: Object.fromEntries(spec.inputs.map((_, i) => [`x${i}`, x])),
    output: y,
    scalars: {},
    ...join,
    placed: true,
    result: () => `${y.encode}(keep(joined(word, block), block))`,
  }
  if (spec.output.dtype !== 'int8')
    return elementwise<'none'>(spec, {
      ...shared,
      kind: 'none',
      functions: [keepLanes(y), joined],
      pack: () => ({ scalars: {} }),
    })
  return elementwise<'int-concat'>(spec, {
    ...shared,
    kind: 'int-concat',
    tables: [TABLE],
    functions: [keepLanes(y), LOOK_UP, joined],
    pack: ({ tables }) => ({ scalars: {}, tables: [packEntries(tables)] }),
  })
}

interface Join {
  readonly sizes: Sizes
  readonly traffic: string
  /** The function `joined(word, block)` returns the four values of an output word. */
  readonly joined: string
}

/** Whether every tensor begins at a whole block of channels. */
function startsAtBlocks({ inputs, axis }: ConcatSpec): boolean {
  return axis !== 1 || inputs.slice(0, -1).every(({ shape }) => shape[1] % 4 === 0)
}

/** Each word comes from a word of another tensor. `outer` counts words before the axis, `inner` words after it. */
function byWord({ inputs, output, axis }: ConcatSpec, x: Element): Join {
  const { p, c4 } = extentOf(output)
  const pixels = axis === 0 ? p : elements(output.shape.slice(axis + 1))
  const widths = inputs.map((input) => (axis === 1 ? extentOf(input).c4 : input.shape[axis]))
  const value = (i: number) => {
    const word = `(outer * scalars.width${i} + at${since(i)}) * scalars.inner + word % scalars.inner`
    const v = `${x.decode}(x${i}[${word}])`
    return x.value === 'vec4<i32>' ? `lookUp(${v}, ${i}u)` : v
  }
  return {
    traffic: 'one word of one operand read',
    sizes: {
      ...ends(widths),
      ...numbered('width', widths),
      total: widths.reduce((sum, width) => sum + width, 0),
      inner: axis === 1 ? 1 : pixels * c4,
    },
    joined: `
fn joined(word: u32, block: u32) -> ${x.value} {
  let at = word / scalars.inner % scalars.total;
  let outer = word / scalars.inner / scalars.total;
${choice('at', widths.length, value)}
}`,
  }
}

/** Channels whose lane changes: each is gathered separately. */
function byLane({ inputs }: ConcatSpec, x: Element): Join {
  const integer = x.value === 'vec4<i32>'
  const value = (i: number) => {
    const from = i === 0 ? 'channel' : `(channel${since(i)})`
    const v = `${x.decode}(x${i}[pixel * scalars.width${i} + ${from} / 4u])[${from} % 4u]`
    return integer ? `table[u32(${v} + 128) + ${256 * i}u]` : v
  }
  const lanes = [0, 1, 2, 3].map((lane) => `laneAt(pixel, block * 4u + ${lane}u)`)
  return {
    traffic: 'each lane gathered by itself',
    sizes: {
      ...ends(inputs.map(({ shape }) => shape[1])),
      ...numbered(
        'width',
        inputs.map((input) => extentOf(input).c4),
      ),
    },
    joined: `
fn laneAt(pixel: u32, lane: u32) -> ${integer ? 'i32' : 'f32'} {
  let channel = min(lane, scalars.channels - 1u);
${choice('channel', inputs.length, value)}
}
fn joined(word: u32, block: u32) -> ${x.value} {
  let pixel = word / scalars.blocks;
  return ${x.value}(
    ${lanes.join(',\n    ')},
  );
}`,
  }
}

/** Returns the value of the tensor that contains position `at` on the axis. */
function choice(at: string, count: number, value: (tensor: number) => string): string {
  const before = Array.from(
    { length: count - 1 },
    (_, i) => `  if (${at} < scalars.end${i}) { return ${value(i)}; }`,
  )
  return [...before, `  return ${value(count - 1)};`].join('\n')
}

/** The position in tensor i, from a position on the axis. */
function since(i: number): string {
  return i === 0 ? '' : ` - scalars.end${i - 1}`
}

/** The end of each tensor on the axis, except for the last tensor. */
function ends(widths: readonly number[]): Sizes {
  let end = 0
  return numbered(
    'end',
    widths.slice(0, -1).map((width) => (end += width)),
  )
}

function numbered(name: string, values: readonly number[]): Sizes {
  return Object.fromEntries(values.map((value, i) => [`${name}${i}`, value]))
}
