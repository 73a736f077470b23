import type {
  AddSpec,
  ClipSpec,
  ConstantsKind,
  DequantizeLinearSpec,
  NormalizeSpec,
  OpSpec,
  QuantizeLinearSpec,
} from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { int8Clamp, keepLanes, outputStage } from '../wgsl/output.ts'
import { workgroups, type Table } from '../wgsl/shader.ts'
import { elementOf, extentOf, kernel, type Draft, type Extent, type Kernel, type Packed } from './kernel.ts'

/** Add. The bound that products are clamped to comes from a buffer, so no compiler can drop it and contract an FMA. */
export function add(spec: AddSpec, features: Features): Kernel {
  const [a, b] = spec.inputs as [AddSpec['inputs'][number], AddSpec['inputs'][number]]
  const inputs = { a: elementOf(a, features), b: elementOf(b, features) }
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  const decoded = (name: 'a' | 'b') => `${inputs[name].decode}(${name}[word])`
  if (a.dtype !== 'int8')
    return elementwise<'clamp'>(spec, {
      kind: 'clamp',
      inputs,
      output: output.element,
      scalars: output.scalars,
      functions: output.functions,
      result: `emit(${decoded('a')} + ${decoded('b')}, block)`,
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  return elementwise<'int-add'>(spec, {
    kind: 'int-add',
    inputs,
    output: output.element,
    scalars: {
      ...output.scalars,
      aScale: 'f32',
      bScale: 'f32',
      inverseScale: 'f32',
      bound: 'f32',
      aZeroPoint: 'i32',
      bZeroPoint: 'i32',
    },
    functions: [
      ...output.functions,
      `
fn real(q: vec4<i32>, zeroPoint: i32, scale: f32) -> vec4<f32> {
  return clamp(vec4<f32>(q - zeroPoint) * scale, vec4<f32>(-scalars.bound), vec4<f32>(scalars.bound));
}`,
    ],
    result: `emit((real(${decoded('a')}, scalars.aZeroPoint, scalars.aScale)
  + real(${decoded('b')}, scalars.bZeroPoint, scalars.bScale)) * scalars.inverseScale, block)`,
    pack: (constants) => ({
      scalars: {
        ...output.values(constants.clamp, constants.outputZeroPoint),
        aScale: constants.a.scale,
        bScale: constants.b.scale,
        inverseScale: constants.inverseScale,
        bound: 3e38,
        aZeroPoint: constants.a.zeroPoint,
        bZeroPoint: constants.b.zeroPoint,
      },
    }),
  })
}

/** Clip: in real units for floats, in quantized units for int8. */
export function clip(spec: ClipSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  if (spec.output.dtype !== 'int8') {
    const output = outputStage(spec.output.dtype, y)
    return elementwise<'clamp'>(spec, {
      kind: 'clamp',
      inputs: { x },
      output: y,
      scalars: output.scalars,
      functions: output.functions,
      result: `emit(${x.decode}(x[word]), block)`,
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  }
  return elementwise<'clamp'>(spec, {
    kind: 'clamp',
    inputs: { x },
    output: y,
    scalars: { lo: 'i32', hi: 'i32' },
    functions: [keepLanes(y)],
    result: `${y.encode}(keep(clamp(${x.decode}(x[word]), vec4<i32>(scalars.lo), vec4<i32>(scalars.hi)), block))`,
    pack: ({ clamp }) => {
      const [lo, hi] = int8Clamp(clamp)
      return { scalars: { lo: Math.ceil(lo), hi: Math.floor(hi) } }
    },
  })
}

/** Normalize: (x - offset) * scale, one offset and scale a channel. */
export function normalize(spec: NormalizeSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const { c, c4 } = extentOf(spec.output)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  return elementwise<'normalize'>(spec, {
    kind: 'normalize',
    inputs: { x },
    output: output.element,
    scalars: output.scalars,
    tables: [
      { name: 'offset', type: 'vec4<f32>' },
      { name: 'scale', type: 'vec4<f32>' },
    ],
    functions: output.functions,
    result: `emit((${x.decode}(x[word]) - offset[block]) * scale[block], block)`,
    pack: ({ offset, scale }) => ({
      scalars: output.values([-Infinity, Infinity]),
      tables: [perChannel(offset, c, c4), perChannel(scale, c, c4)],
    }),
  })
}

/** QuantizeLinear by multiplication with the inverse scale. */
export function quantizeLinear(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputStage('int8', elementOf(spec.output, features))
  return elementwise<'quantize'>(spec, {
    kind: 'quantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, inverseScale: 'f32' },
    functions: output.functions,
    result: `emit(${x.decode}(x[word]) * scalars.inverseScale, block)`,
    pack: ({ inverseScale, zeroPoint, clamp }) => ({
      scalars: { ...output.values(clamp, zeroPoint), inverseScale },
    }),
  })
}

/** DequantizeLinear: the difference is exact in float32, the product rounds once. */
export function dequantizeLinear(spec: DequantizeLinearSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  return elementwise<'dequantize'>(spec, {
    kind: 'dequantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, scale: 'f32', zeroPoint: 'i32' },
    functions: output.functions,
    result: `emit(vec4<f32>(${x.decode}(x[word]) - scalars.zeroPoint) * scalars.scale, block)`,
    pack: ({ scale, zeroPoint }) => ({
      scalars: { ...output.values([-Infinity, Infinity]), scale, zeroPoint },
    }),
  })
}

interface Elementwise<Kind extends ConstantsKind> extends Pick<
  Draft<Kind>,
  'kind' | 'inputs' | 'output' | 'scalars' | 'functions' | 'pack'
> {
  readonly tables?: readonly Table[]
  /** The stored word to write, from `word` (its number) and `block` (its block of channels). */
  readonly result: string
}

/** A shader whose threads each make one word of four channels from the words of the same number. */
function elementwise<Kind extends ConstantsKind>(spec: OpSpec, parts: Elementwise<Kind>): Kernel {
  const { result, tables = [], ...draft } = parts
  const extent: Extent = extentOf(spec.output)
  return kernel<Kind>(spec, {
    ...draft,
    title: `${spec.op} ${spec.inputs[0].dtype} -> ${spec.output.dtype}`,
    about: [
      'Layout: NHWC in blocks of 4 channels, the same for every operand.',
      'Tile: 1 word of 4 channels a thread. Traffic: each operand read once, the result written once.',
    ],
    sizes: { channels: extent.c, blocks: extent.c4, words: extent.words },
    tables,
    body: `
let word = thread;
if (word >= scalars.words) { return; }
let block = word % scalars.blocks;
y[word] = ${result};`,
    workgroups: workgroups(extent.words),
  })
}

/** One value a channel, from one for all or one for each; 0 in padding lanes. */
function perChannel(values: Float32Array, channels: number, blocks: number): Packed {
  const packed = new Float32Array(blocks * 4)
  for (let c = 0; c < channels; c++) packed[c] = values[values.length === 1 ? 0 : c]
  return packed
}
