import type { SoftmaxSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { WITH_NAN } from '../wgsl/output.ts'
import { workgroups } from '../wgsl/shader.ts'
import { between } from './dtypes.ts'
import { elementOf, extentOf, floatElementOf, kernel, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'

/**
 * Softmax over the features of each row, or its logarithm. The row's largest value is subtracted, so that exp never
 * overflows. A NaN makes the whole row NaN.
 */
export const softmax: Op<'Softmax'> = {
  build,
  dtypes: between(true, true, 'is computed on floats only'),
  rank: 2,
  isInexact: true,
}

function build(spec: SoftmaxSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const { n, c, c4 } = extentOf(spec.output)
  const result =
    spec.log === true
      ? `select(vec4<f32>(), ${x.decode}(x[row * scalars.blocks + block]) - largest - log(sum), inside(block))`
      : 'powers(row, block, largest) / sum'
  const spoiled = 'inside(block) & vec4<bool>(any(nan))'
  return kernel<'none'>(spec, {
    title: `${spec.log === true ? 'LogSoftmax' : 'Softmax'} ${spec.output.dtype}`,
    about: [
      'Layout: rows of features in blocks of 4.',
      'Tile: 1 row a thread. Traffic: each word loaded three times (largest, sum, result) and stored once.',
    ],
    kind: 'none',
    inputs: { x },
    output: y,
    scalars: {},
    sizes: { rows: n, features: c, blocks: c4 },
    tables: [],
    functions: [
      WITH_NAN,
      `
fn at(row: u32, feature: u32) -> f32 { return ${x.decode}(x[row * scalars.blocks + feature / 4u])[feature % 4u]; }
fn inside(block: u32) -> vec4<bool> {
  return vec4<u32>(0u, 1u, 2u, 3u) + block * 4u < vec4<u32>(scalars.features);
}
fn powers(row: u32, block: u32, largest: f32) -> vec4<f32> {
  return select(vec4<f32>(), exp(${x.decode}(x[row * scalars.blocks + block]) - largest), inside(block));
}`,
    ],
    body: `
let row = thread;
if (row >= scalars.rows) { return; }
var largest = at(row, 0u);
for (var f = 1u; f < scalars.features; f++) { largest = max(largest, at(row, f)); }
var sum = 0.0;
var nan = vec4<bool>();
for (var block = 0u; block < scalars.blocks; block++) {
  sum += dot(powers(row, block, largest), vec4<f32>(1.0));
  nan = nan | (${nanIn(x, 'x[row * scalars.blocks + block]')});
}
for (var block = 0u; block < scalars.blocks; block++) {
  y[row * scalars.blocks + block] = ${y.encode}(withNaN(${result}, ${spoiled}));
}`,
    workgroups: workgroups(n),
    pack: () => ({ scalars: {} }),
  })
}
