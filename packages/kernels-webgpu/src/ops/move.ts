import type { MoveSpec, Shape } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { keepLanes } from '../wgsl/output.ts'
import { workgroups } from '../wgsl/shader.ts'
import { kept } from './dtypes.ts'
import { elementOf, extentOf, kernel, type ConstantsOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import { LOOK_UP, packEntries, TABLE } from './table.ts'

/** Blocks of channels that are also adjacent in x move as a whole. Other channels move one by one. */
export const move: Op<'Move'> = { build, dtypes: kept }

function build(spec: MoveSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const [from, to] = [extentOf(spec.inputs[0]), extentOf(spec.output)]
  const axes = axesOf(spec.output.shape)
  const starts = axes.map((_, i) => axes.slice(0, i).reduce((sum, size) => sum + size, 0))
  const integer = x.value === 'vec4<i32>'
  const number = integer ? 'i32' : 'f32'
  const regrids = spec.regrids === true
  const positions = axes.map((_, i) => i).slice(2)
  return kernel<'move'>(spec, {
    title: `Move ${spec.output.dtype}`,
    about: [
      'Layout: NHWC in blocks of 4 channels on both sides.',
      'Tile: 1 word of 4 channels a thread. Traffic: a word read where its channels lie together, else each lane',
      'gathered by itself; the word stored once.',
    ],
    kind: 'move',
    inputs: { x },
    output: y,
    scalars: { fill: number, together: 'u32' },
    sizes: {
      words: to.words,
      channels: to.c,
      blocks: to.c4,
      fromChannels: from.c,
      fromBlocks: from.c4,
      fromPixels: from.p,
      ...Object.fromEntries(
        axes.flatMap((size, i) => [
          [`size${i}`, size],
          [`start${i}`, starts[i]],
        ]),
      ),
    },
    tables: [{ name: 'offsets', type: 'i32' }, ...(regrids ? [TABLE] : [])],
    functions: [
      keepLanes(y, to.padding),
      ...(regrids ? [LOOK_UP] : []),
      `
fn plus(a: i32, b: i32) -> i32 { return select(a + b, -1, a < 0 || b < 0); }
fn channelOf(index: u32) -> u32 { return index / scalars.fromPixels % scalars.fromChannels; }
fn wordOf(index: u32) -> ${x.value} {
  let image = index / scalars.fromPixels / scalars.fromChannels;
  let pixel = image * scalars.fromPixels + index % scalars.fromPixels;
  let v = ${x.decode}(x[pixel * scalars.fromBlocks + channelOf(index) / 4u]);
  return ${regrids ? 'lookUp(v, 0u)' : 'v'};
}
fn at(pixel: i32, channel: u32) -> ${number} {
  let place = plus(pixel, offsets[scalars.start1 + min(channel, scalars.channels - 1u)]);
  if (place < 0) { return scalars.fill; }
  return wordOf(u32(place))[channelOf(u32(place)) % 4u];
}`,
    ],
    body: `
let word = thread;
if (word >= scalars.words) { return; }
let block = word % scalars.blocks;
var rest = word / scalars.blocks;
var pixel = 0;
${positions
  .toReversed()
  .map(
    (i) => `pixel = plus(pixel, offsets[scalars.start${i} + rest % scalars.size${i}]);
rest /= scalars.size${i};`,
  )
  .join('\n')}
pixel = plus(pixel, offsets[rest]);
let first = plus(pixel, offsets[scalars.start1 + block * 4u]);
if (scalars.together == 1u && (first < 0 || channelOf(u32(first)) % 4u == 0u)) {
  if (first < 0) { y[word] = ${y.encode}(keep(${x.value}(scalars.fill), block)); }
  else { y[word] = ${y.encode}(keep(wordOf(u32(first)), block)); }
  return;
}
let lanes = ${x.value}(${[0, 1, 2, 3].map((lane) => `at(pixel, block * 4u + ${lane}u)`).join(', ')});
y[word] = ${y.encode}(keep(lanes, block));`,
    workgroups: workgroups(to.words),
    pack: ({ offsets, fill, table }: ConstantsOf<'move'>) => {
      const all = tablesOf(offsets)
      const together = all[1].every((offset, c) => offset >= 0 && offset === all[1][0] + c * from.p)
      return {
        scalars: { fill, together: together ? 1 : 0 },
        tables: [
          Int32Array.from(all.flatMap((axis) => Array.from(axis))),
          ...(table === undefined ? [] : [packEntries(table)]),
        ],
      }
    },
  })
}

/** Sizes as images, channels and the axes of pixels, like `extentOf`. */
function axesOf(shape: Shape): readonly number[] {
  return shape.length < 2 ? [1, shape[0] ?? 1] : shape
}

function tablesOf(offsets: readonly Int32Array[]): readonly Int32Array[] {
  return offsets.length < 2 ? [Int32Array.of(0), offsets[0] ?? Int32Array.of(0)] : offsets
}
