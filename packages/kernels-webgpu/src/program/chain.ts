import type { Constants } from '@octet/core'
import type { Kernel } from '../ops/kernel.ts'
import { declareScalars } from '../wgsl/scalars.ts'
import { indent, type Workgroups } from '../wgsl/shader.ts'
import { asType, isInWords, reader, structsIn, tableReader, writer } from './access.ts'
import { declaredIn, readThrough, renamed, writtenThrough } from './rewrite.ts'

/** One step of a chain, and the number of the buffer that each of its tensors lies in. */
export interface Link {
  readonly title: string
  readonly kernel: Kernel
  readonly constants: Constants
  readonly inputs: readonly number[]
  /** Undefined: the next link computes the step where it reads it. */
  readonly output: number | undefined
}

/** Which part of a chain a workgroup computes. */
export interface ChainTile {
  /** Invocations of a workgroup. */
  readonly threads: number
  /** Pixels of the outputs that each workgroup makes; left out: one workgroup makes all. */
  readonly pixels?: number
}

/** A chain as one shader. It binds its buffers, all writable, then the constants, then the scalars. */
export interface Chain {
  readonly code: string
  readonly workgroups: Workgroups
  readonly buffers: number
  readonly constantBytes: number
  readonly scalarBytes: number
  /** `scalars` says at `END_OFFSET` that all steps run. */
  pack(): { readonly constants: Uint8Array<ArrayBuffer>; readonly scalars: Uint8Array<ArrayBuffer> }
}

/** The byte offset in a chain's scalars of a u32: the number of its steps that run, the first ones. */
export const END_OFFSET = 0

const THREADS = 64

/**
 * Whether a kernel can be one of several in a workgroup of so many invocations: it has no workgroup memory of its own,
 * and where it counts on its subgroup, the workgroup is that subgroup.
 */
export function isLinkable({ source }: Kernel, threads: number): boolean {
  const { shared = [], enables = [], inputs, output, tables, functions } = source
  if (shared.length > 0 || enables.some((name) => name !== 'subgroups')) return false
  if (usesSubgroups(source) ? source.threads !== threads : (source.threads ?? THREADS) !== THREADS)
    return false
  const structs = structsIn(functions.join('\n'))
  const whole = (members: readonly string[] | undefined) =>
    members?.every((type) => /^vec4<[uif]32>$/.test(type)) ?? false
  return (
    [...Object.values(inputs), output].every(({ storage }) => isInWords(storage)) &&
    tables.every(({ type }) => isInWords(type) || whole(structs.get(type)))
  )
}

function usesSubgroups({ enables = [] }: Kernel['source']): boolean {
  return enables.includes('subgroups')
}

/**
 * Steps one after the other in one dispatch: the invocations of a workgroup share the work of each step, and wait for
 * each other before the next. Workgroups never wait for each other, so several of them suit only steps that read, of
 * what the chain makes, the pixels of their own number.
 */
export function chain(links: readonly Link[], tile: ChainTile): Chain {
  const held = buffersOf(links)
  const elements = [
    ...new Set(
      links.flatMap(({ kernel: { source } }) =>
        [...Object.values(source.inputs), source.output].map(({ wgsl }) => wgsl.trim()),
      ),
    ),
  ]
  const packed = links.map(({ kernel, constants }) => kernel.pack(constants))
  const scalars = layOut([Uint32Array.of(links.length), ...packed.map(([bytes]) => bytes)])
  const tables = layOut(packed.flatMap(([, ...rest]) => rest))
  let table = 0
  const parts = links.map((link, i) => {
    const firsts = link.kernel.source.tables.map(() => tables.offsets[table++] / 16)
    return link.output === undefined
      ? inlinedStep(link, i, held, firsts)
      : stepOf(link, links[i - 1], i, held, firsts)
  })
  const started = links.flatMap((link, i) => (link.output === undefined ? [] : { kernel: link.kernel, i }))
  const f16 = links.some(({ kernel: { source } }) =>
    [...Object.values(source.inputs), source.output].some(({ storage }) => storage.includes('f16')),
  )
  const subgroups = links.some(({ kernel: { source } }) => usesSubgroups(source))
  const groups =
    tile.pixels === undefined ? 1 : Math.max(...started.map(({ kernel }) => groupsOf(kernel, tile.pixels!)))
  const calls = started.map(({ kernel, i }) => callOf(kernel, i, tile))
  const enabled = [...(f16 ? ['f16'] : []), ...(subgroups ? ['subgroups'] : [])]
  const code = `${enabled.map((name) => `enable ${name};\n`).join('')}// ${links.length} steps in one dispatch
${links.map(({ title, kernel }, i) => `// ${i}: ${title}, ${kernel.source.title}`).join('\n')}

${held.map((type, i) => `@group(0) @binding(${i}) var<storage, read_write> held${i}: array<${type}>;`).join('\n')}
@group(0) @binding(${held.length}) var<storage, read> constants: array<vec4<u32>>;
@group(0) @binding(${held.length + 1}) var<uniform> scalars: Scalars;
${elements.join('\n')}
${parts.join('\n')}
struct Scalars {
  end: u32,
${packed.map(([bytes], i) => `  @align(16) @size(${rounded(bytes.byteLength)}) s${i}: Scalars_${i},`).join('\n')}
}

@compute @workgroup_size(${tile.threads})
fn main(
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
  @builtin(local_invocation_index) local: u32,${subgroups ? '\n  @builtin(subgroup_invocation_id) lane: u32,' : ''}
) {
  let tile = place.y * extent.x + place.x;
${indent(calls.join('\nstorageBarrier();\n'), 2)}
}
`
  return {
    code,
    workgroups: spread(groups),
    buffers: held.length,
    constantBytes: Math.max(16, tables.bytes),
    scalarBytes: scalars.bytes,
    pack: () => ({
      constants: filled(Math.max(16, tables.bytes), tables),
      scalars: filled(scalars.bytes, scalars),
    }),
  }
}

/** The type that each buffer is bound as: that of all its tensors where they agree, words where they do not. */
function buffersOf(links: readonly Link[]): readonly string[] {
  const types: string[] = []
  const note = (buffer: number, type: string): void => {
    types[buffer] = types[buffer] === undefined || types[buffer] === type ? type : 'u32'
  }
  for (const { kernel, inputs, output } of links) {
    const read = output === undefined ? kernel.source.byWord!.inputs : kernel.source.inputs
    for (const [i, { storage }] of Object.values(read).entries())
      if (inputs[i] !== INLINED) note(inputs[i], storage)
    if (output !== undefined) note(output, kernel.source.output.storage)
  }
  return types
}

/** In the place of a buffer's number: the step before is computed where this one reads it. */
export const INLINED = -1

/** The functions of a step, under names of its own: `step_i` does what one invocation of its kernel does. */
function stepOf(
  { kernel: { source }, inputs, output }: Link,
  before: Link | undefined,
  i: number,
  held: readonly string[],
  firsts: readonly number[],
): string {
  const passed = (wanted: string) =>
    asType(`passed_${i - 1}`, before!.kernel.source.byWord!.output.storage, wanted)
  const reads = Object.entries(source.inputs).map(([name, { storage }], at) =>
    inputs[at] === INLINED
      ? `fn ${name}_${i}(index: u32) -> ${storage} { step_${i - 1}(index, 0u); return ${passed(storage)}; }`
      : reader(`${name}_${i}`, storage, `held${inputs[at]}`, held[inputs[at]]),
  )
  const write = writer(`y_${i}`, source.output.storage, `held${output!}`, held[output!])
  return functionsOf(source, i, [...reads, write], firsts)
}

/** As `stepOf`, of a step on each word, which passes its word to the caller instead of storing it. */
function inlinedStep(
  { kernel, inputs }: Link,
  i: number,
  held: readonly string[],
  firsts: readonly number[],
): string {
  const source = { ...kernel.source, ...kernel.source.byWord! }
  const { storage } = source.output
  const reads = Object.entries(source.inputs).map(([name, { storage: type }], at) =>
    reader(`${name}_${i}`, type, `held${inputs[at]}`, held[inputs[at]]),
  )
  const passed = `var<private> passed_${i}: ${storage};
fn y_${i}(index: u32, value: ${storage}) { passed_${i} = value; }`
  return functionsOf(source, i, [...reads, passed], firsts)
}

function functionsOf(
  source: Kernel['source'],
  i: number,
  accesses: readonly string[],
  firsts: readonly number[],
): string {
  const own = (name: string): string => `${name}_${i}`
  const functions = source.functions.map((text) => text.trim()).join('\n')
  const structs = structsIn(functions)
  const inSubgroups = usesSubgroups(source)
  let text = `${functions}
fn step(${inSubgroups ? 'group: u32, local: u32, lane: u32' : 'thread: u32'}, layer: u32) {
${inSubgroups ? `  let thread = group * ${source.threads!}u + local;\n` : ''}${indent(source.body.trim(), 2)}
}`
  text = writtenThrough(text, 'y', own('y'))
  for (const name of Object.keys(source.inputs)) text = readThrough(text, name, own(name))
  for (const { name } of source.tables) text = readThrough(text, name, own(name))
  for (const name of new Set(declaredIn(text))) text = renamed(text, name, own(name))
  text = renamed(text, 'scalars', `scalars.s${i}`)
  const tables = source.tables.map(({ name, type }, at) => {
    const members = structs.get(type)
    return tableReader(own(name), members === undefined ? type : own(type), firsts[at], members)
  })
  return [
    renamed(declareScalars(source.scalars), 'Scalars', own('Scalars')),
    ...accesses,
    ...tables,
    text,
  ].join('\n')
}

/** Invocations of a kernel in a layer, and its layers. */
function extentOf({ workgroups: [x, y, z], source }: Kernel): { threads: number; layers: number } {
  return { threads: x * y * (source.threads ?? THREADS), layers: z }
}

function groupsOf(kernel: Kernel, pixels: number): number {
  return Math.ceil(extentOf(kernel).threads / threadsFor(kernel, pixels))
}

/** Invocations of a kernel in a layer that make so many pixels, a multiple of its span's. */
function threadsFor({ source: { span } }: Kernel, pixels: number): number {
  return (pixels / span!.pixels) * span!.threads
}

/** The loop of a workgroup over its part of a step. A step from the end on has nothing to do. */
function callOf(kernel: Kernel, i: number, { threads: width, pixels }: ChainTile): string {
  const { threads, layers } = extentOf(kernel)
  const each = pixels === undefined ? threads : threadsFor(kernel, pixels)
  const begin = pixels === undefined ? '' : `tile * ${each}u + `
  const limit = (count: number): string => `select(0u, ${count}u, scalars.end > ${i}u)`
  if (usesSubgroups(kernel.source)) {
    const first = pixels === undefined ? '' : `tile * ${each / width}u + `
    return `for (var i = 0u; i < ${limit((each / width) * layers)}; i++) {
  step_${i}(${first}i % ${each / width}u, local, lane, i / ${each / width}u);
}`
  }
  const [index, layer] = layers === 1 ? ['i', '0u'] : [`i % ${each}u`, `i / ${each}u`]
  return `for (var i = local; i < ${limit(each * layers)}; i += ${width}u) {
  step_${i}(${begin}${index}, ${layer});
}`
}

interface Layout {
  readonly chunks: readonly ArrayBufferView[]
  readonly offsets: readonly number[]
  readonly bytes: number
}

/** Bytes one after the other, each from a multiple of 16 on. */
function layOut(chunks: readonly ArrayBufferView[]): Layout {
  let bytes = 0
  const offsets = chunks.map(({ byteLength }) => {
    const offset = bytes
    bytes += rounded(byteLength)
    return offset
  })
  return { chunks, offsets, bytes }
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / 16) * 16
}

function filled(bytes: number, { chunks, offsets }: Layout): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes)
  for (const [i, { buffer, byteOffset, byteLength }] of chunks.entries())
    all.set(new Uint8Array(buffer, byteOffset, byteLength), offsets[i])
  return all
}

/** So many workgroups, at least: WebGPU allows 65535 along one dimension. */
function spread(groups: number): Workgroups {
  const y = Math.ceil(groups / 65535)
  return [Math.ceil(groups / y), y, 1]
}
