import {
  expectConstants,
  type Constants,
  type ConstantsKind,
  type OpSpec,
  type TensorSpec,
} from '@octet/core'
import { element, floatElement, type Element, type FloatElement, type StoredDType } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import type { Padding } from '../wgsl/output.ts'
import { packScalars, type Fields, type Values } from '../wgsl/scalars.ts'
import { assemble, type Shader, type Workgroups } from '../wgsl/shader.ts'

/** A planned variant of an op: a shader, the size of its dispatch, and the packing of its constants. */
export interface Kernel {
  readonly code: string
  readonly workgroups: Workgroups
  /** Bytes of the packed weights and per-channel constants, including padding. Empty if there are no weights. */
  readonly weightBytes: readonly number[]
  /** What `code` is put together from, so that several kernels can be put together into one. */
  readonly source: Source
  /** The constant buffers in binding order after inputs and output: the uniform scalars, then each table. */
  pack(constants: Constants): readonly Packed[]
}

/** Bytes for one constant buffer. */
export type Packed = ArrayBufferView

/** Sizes that a shader reads from its scalars, so that shapes share pipelines and no compiler unrolls over them. */
export type Sizes = Readonly<Record<string, number>>

/** The parts of a shader, and which pixels of the output its invocations make. */
export interface Source extends Shader {
  /**
   * Each run of so many `threads`, in all layers, makes just the next so many `pixels` of the output. Left out: nobody
   * may count on an order.
   */
  readonly span?: Span
  /** Each pixel of the output depends on the pixels of its own number alone. */
  readonly local?: boolean
  /** Of an op on each word: the same where `thread` is the number of the word. */
  readonly byWord?: Pick<Shader, 'inputs' | 'output' | 'body'>
}

/** Consecutive invocations and the consecutive pixels that they make. */
export interface Span {
  readonly threads: number
  readonly pixels: number
}

/** A shader with its dispatch and packing, before assembly. */
export interface Draft<Kind extends ConstantsKind> extends Source {
  /** Further u32 scalars, whose values come from the spec. */
  readonly sizes: Sizes
  readonly workgroups: Workgroups
  readonly weightBytes?: readonly number[]
  /** The kind of constants that it takes. */
  readonly kind: Kind
  pack(constants: ConstantsOf<Kind>): { readonly scalars: Values; readonly tables?: readonly Packed[] }
}

export type ConstantsOf<Kind extends ConstantsKind> = Extract<Constants, { kind: Kind }>

/** Assembles a draft. Its `pack` refuses constants of another kind. */
export function kernel<Kind extends ConstantsKind>(spec: OpSpec, draft: Draft<Kind>): Kernel {
  const sizes = Object.keys(draft.sizes).map((name) => [name, 'u32' as const])
  const fields: Fields = { ...draft.scalars, ...Object.fromEntries(sizes) }
  const source = { ...draft, scalars: fields }
  return {
    code: assemble(source),
    source,
    workgroups: draft.workgroups,
    weightBytes: draft.weightBytes ?? [],
    pack(constants) {
      const { scalars, tables = [] } = draft.pack(expectConstants(spec, constants, draft.kind))
      return [packScalars(fields, { ...scalars, ...draft.sizes }), ...tables]
    },
  }
}

/**
 * A logical shape in the device's view: N images of P pixels with C channels. Features of a 2-D tensor are channels.
 */
export interface Extent {
  readonly n: number
  readonly c: number
  readonly p: number
  /** Blocks of four channels per pixel. */
  readonly c4: number
  /** Storage elements in all: n * p * c4. */
  readonly words: number
  readonly padding: Padding
}

/** Reads a shape as N, C, pixels: the axes after the second are pixels, and missing axes are 1. */
export function extentOf({ shape }: TensorSpec): Extent {
  const [n, c] = shape.length === 1 ? [1, shape[0]] : [shape[0] ?? 1, shape[1] ?? 1]
  let p = 1
  for (const size of shape.slice(2)) p *= size
  const c4 = Math.ceil(c / 4)
  return { n, c, p, c4, words: n * p * c4, padding: paddingOf(c) }
}

function paddingOf(channels: number): Padding {
  if (channels % 4 === 0) return 'none'
  return channels < 4 ? (channels as 1 | 2 | 3) : 'some'
}

/** The element of a tensor whose dtype `plan` has already checked. */
export function elementOf({ dtype }: TensorSpec, features: Features): Element {
  return element(dtype as StoredDType, features)
}

/** Like `elementOf`, for a tensor that holds floats according to `plan`. */
export function floatElementOf({ dtype }: TensorSpec, features: Features): FloatElement {
  return floatElement(dtype as 'float32' | 'float16', features)
}

/** `Conv int8 [1,3,8,8] -> [1,4,8,8]`: the name of a spec in messages and shader headers. */
export function nameOf(spec: OpSpec): string {
  return `${spec.op} ${spec.inputs.map(describeTensor).join(' + ')} -> ${describeTensor(spec.output)}`
}

/** `float32 [1, 3, 8, 8]`. */
export function describeTensor({ dtype, shape }: TensorSpec): string {
  return `${dtype} [${shape.join(', ')}]`
}
