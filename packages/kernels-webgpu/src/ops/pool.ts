import type { AveragePoolSpec, MaxPoolSpec } from '@octet/core'
import type { Element } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { keepLanes, outputStage, WITH_NAN } from '../wgsl/output.ts'
import { indent, workgroups, type Workgroups } from '../wgsl/shader.ts'
import { kept } from './dtypes.ts'
import { elementOf, extentOf, floatElementOf, kernel, type Kernel, type Sizes, type Span } from './kernel.ts'
import type { Op } from './op.ts'
import { geometryOf, originOf } from './window.ts'

/** int8 is compared in its stored form, so the qparams stay. For floats, a NaN in the window is the result. */
export const maxPool: Op<'MaxPool'> = { build: buildMax, dtypes: kept, rank: 4 }

/** The mean over the positions inside the image, or over the whole window if padding counts. */
export const averagePool: Op<'AveragePool'> = { build: buildAverage, rank: 4, isInexact: true }

function buildMax(spec: MaxPoolSpec, features: Features): Kernel {
  const y = elementOf(spec.output, features)
  const shared = { ...frame(spec), kind: 'none', output: y, tables: [] } as const
  if (spec.output.dtype === 'int8')
    return kernel<'none'>(spec, {
      ...shared,
      inputs: { x: y },
      scalars: {},
      functions: [keepLanes(y)],
      body: `
${BEGIN}
var best = vec4<i32>(-128);
${sweep(y, 'best = max(best, v);')}
y[word] = ${y.encode}(keep(best, block));`,
      pack: () => ({ scalars: {} }),
    })
  const x = floatElementOf(spec.inputs[0], features)
  return kernel<'none'>(spec, {
    ...shared,
    inputs: { x },
    scalars: { lowest: 'f32' },
    functions: [keepLanes(y), WITH_NAN],
    body: `
${BEGIN}
var best = vec4<f32>(scalars.lowest);
var most = vec4<i32>();
${sweep(x, `best = max(best, v);\nmost = max(most, ${x.magnitude}(stored));`)}
y[word] = ${y.encode}(keep(withNaN(best, most > vec4<i32>(${x.infinity})), block));`,
    pack: () => ({ scalars: { lowest: -Infinity } }),
  })
}

function buildAverage(spec: AveragePoolSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  const body = (result: string) => `
${BEGIN}
var sum = ${x.value}();
var count = 0u;
${sweep(x, 'sum += v;\ncount++;')}
y[word] = emit(${result}, block);`
  const shared = { ...frame(spec), inputs: { x }, output: output.element, functions: output.functions }
  if (spec.inputs[0].dtype !== 'int8') {
    const divisor = spec.countIncludePad ? 'scalars.kernelHeight * scalars.kernelWidth' : 'max(count, 1u)'
    return kernel<'clamp'>(spec, {
      ...shared,
      kind: 'clamp',
      scalars: output.scalars,
      tables: [],
      body: body(`sum / f32(${divisor})`),
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  }
  return kernel<'int-average'>(spec, {
    ...shared,
    kind: 'int-average',
    scalars: { ...output.scalars, inputZeroPoint: 'i32' },
    tables: [{ name: 'multipliers', type: 'f32' }],
    body: body('vec4<f32>(sum - i32(count) * scalars.inputZeroPoint) * multipliers[count]'),
    pack: ({ clamp, outputZeroPoint, inputZeroPoint, multipliers }) => ({
      scalars: { ...output.values(clamp, outputZeroPoint), inputZeroPoint },
      tables: [multipliers],
    }),
  })
}

interface Frame {
  readonly title: string
  readonly about: readonly string[]
  readonly sizes: Sizes
  readonly workgroups: Workgroups
  readonly span: Span
}

function frame(spec: MaxPoolSpec | AveragePoolSpec): Frame {
  const { c, c4, words } = extentOf(spec.output)
  return {
    title: `${spec.op} ${spec.inputs[0].dtype} -> ${spec.output.dtype}`,
    about: [
      'Layout: NHWC in blocks of 4 channels.',
      'Tile: 1 pixel x 4 channels a thread, lanes along channels, then pixels.',
      'Traffic a thread: 1 word loaded for each position of the window, 1 stored.',
    ],
    sizes: {
      ...geometryOf(spec, spec.inputs[0], spec.output).sizes,
      channels: c,
      blocks: c4,
      words,
    },
    workgroups: workgroups(words),
    span: { threads: c4, pixels: 1 },
  }
}

const BEGIN = `
let word = thread;
if (word >= scalars.words) { return; }
let block = word % scalars.blocks;
let pixel = word / scalars.blocks;
${originOf('pixel')}`.trim()

/**
 * The loops over a window. They run `visit` on the word of each position inside the image, as `stored` and decoded as
 * `v`.
 */
function sweep(x: Element, visit: string): string {
  return `
for (var kh = 0u; kh < scalars.kernelHeight; kh++) {
  let h = row + i32(kh * scalars.dilationHeight);
  if (h < 0 || h >= i32(scalars.height)) { continue; }
  let start = (image * scalars.height + u32(h)) * scalars.width;
  for (var kw = 0u; kw < scalars.kernelWidth; kw++) {
    let w = column + i32(kw * scalars.dilationWidth);
    if (w < 0 || w >= i32(scalars.width)) { continue; }
    let stored = x[(start + u32(w)) * scalars.blocks + block];
    let v = ${x.decode}(stored);
${indent(visit, 4)}
  }
}`.trim()
}
