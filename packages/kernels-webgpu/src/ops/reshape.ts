import type { ReshapeSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { workgroups } from '../wgsl/shader.ts'
import { kept } from './dtypes.ts'
import { elementOf, extentOf, kernel, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'

/** A permutation, because ONNX counts elements row by row and the device keeps channels innermost. */
export const reshape: Op<'Reshape'> = { build, dtypes: kept }

function build(spec: ReshapeSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const from = extentOf(spec.inputs[0])
  const to = extentOf(spec.output)
  return kernel<'none'>(spec, {
    title: `Reshape ${spec.output.dtype}`,
    about: [
      'Layout: NHWC in blocks of 4 channels on both sides.',
      'Tile: 1 word of 4 channels a thread. Traffic: each lane gathered by itself, the word stored once.',
    ],
    kind: 'none',
    inputs: { x },
    output: y,
    scalars: {},
    sizes: {
      words: to.words,
      channels: to.c,
      blocks: to.c4,
      pixels: to.p,
      fromChannels: from.c,
      fromBlocks: from.c4,
      fromPixels: from.p,
    },
    tables: [],
    functions: [
      `
fn at(pixel: u32, channel: u32) -> ${x.value === 'vec4<i32>' ? 'i32' : 'f32'} {
  if (channel >= scalars.channels) { return 0; }
  let index = (pixel / scalars.pixels * scalars.channels + channel) * scalars.pixels + pixel % scalars.pixels;
  let plane = index / scalars.fromPixels;
  let c = plane % scalars.fromChannels;
  let source = plane / scalars.fromChannels * scalars.fromPixels + index % scalars.fromPixels;
  return ${x.decode}(x[source * scalars.fromBlocks + c / 4u])[c % 4u];
}`,
    ],
    body: `
let word = thread;
if (word >= scalars.words) { return; }
let block = word % scalars.blocks;
let pixel = word / scalars.blocks;
y[word] = ${y.encode}(${x.value}(${[0, 1, 2, 3].map((lane) => `at(pixel, block * 4u + ${lane}u)`).join(', ')}));`,
    workgroups: workgroups(to.words),
    pack: () => ({ scalars: {} }),
  })
}
