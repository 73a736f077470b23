import type { Element } from './element.ts'
import { declareScalars, type Fields } from './scalars.ts'

/** The default number of invocations in a workgroup, along x. */
const WORKGROUP = 64

/** The most workgroups that WebGPU allows along one dimension. */
const MAX_WORKGROUPS = 65535

export type Workgroups = readonly [number, number, number]

/** A read-only array of constants. */
export interface Table {
  readonly name: string
  /** WGSL type of one entry. */
  readonly type: string
}

/** A `var<workgroup>`: memory that the invocations of a workgroup share. */
export interface Shared {
  readonly name: string
  /** WGSL type of the whole variable. */
  readonly type: string
}

/** The named parts of a compute shader. Bindings are numbered in the order given here. */
export interface Shader {
  readonly title: string
  /** Facts for the reader: tile, layout, memory traffic. */
  readonly about: readonly string[]
  readonly inputs: Readonly<Record<string, Element>>
  readonly output: Element
  readonly scalars: Fields
  readonly tables: readonly Table[]
  readonly functions: readonly string[]
  /** WGSL extensions in addition to those of its elements. */
  readonly enables?: readonly string[]
  readonly shared?: readonly Shared[]
  /** Invocations in a workgroup, along x. Default: 64. */
  readonly threads?: number
  /**
   * Statements of `main`. `thread` is the invocation's number along x and y, `local` its number in the workgroup,
   * `group` the workgroup's number along x and y, and `layer` its number along z. With `subgroups` enabled, `lane` is
   * the invocation's number in its subgroup. With subgroup matrices, `subgroup` is the subgroup's number in the
   * workgroup.
   */
  readonly body: string
}

/** The WGSL of a shader. Equal text means equal pipeline. */
export function assemble(shader: Shader): string {
  const inputs = Object.entries(shader.inputs)
  const variables = [
    ...inputs.map(([name, { storage }]) => `var<storage, read> ${name}: array<${storage}>;`),
    `var<storage, read_write> y: array<${shader.output.storage}>;`,
    'var<uniform> scalars: Scalars;',
    ...shader.tables.map(({ name, type }) => `var<storage, read> ${name}: array<${type}>;`),
  ]
  const elements = [...new Set([...Object.values(shader.inputs), shader.output])]
  const { enables = [], shared = [], threads = WORKGROUP } = shader
  const f16 = elements.some(({ storage }) => storage.includes('f16')) ? ['f16'] : []
  const memory = shared.map(({ name, type }) => `var<workgroup> ${name}: ${type};\n`).join('')
  const enabled = [...new Set([...f16, ...enables])].map((name) => `enable ${name};\n`).join('')
  const number = enables.includes('chromium_experimental_subgroup_matrix')
    ? '\n  @builtin(subgroup_id) subgroup: u32,'
    : ''
  const lane = enables.includes('subgroups') ? '\n  @builtin(subgroup_invocation_id) lane: u32,' : ''
  return `${enabled}// ${shader.title}
${shader.about.map((line) => `// ${line}`).join('\n')}

${declareScalars(shader.scalars)}
${variables.map((variable, index) => `@group(0) @binding(${index}) ${variable}`).join('\n')}
${memory}${elements.map(({ wgsl }) => wgsl.trim()).join('\n')}
${shader.functions.map((text) => text.trim()).join('\n')}

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
  @builtin(local_invocation_index) local: u32,${lane}${number}
) {
  let group = place.y * extent.x + place.x;
  let thread = group * ${threads}u + local;
  let layer = place.z;
${indent(shader.body.trim(), 2)}
}
`
}

/**
 * Workgroups of `size` for `threads` invocations, `layers` times. x spills into y beyond WebGPU's limit of workgroups.
 * Spilling may add workgroups without work.
 */
export function workgroups(threads: number, layers = 1, size: number = WORKGROUP): Workgroups {
  const needed = Math.max(1, Math.ceil(threads / size))
  const y = Math.ceil(needed / MAX_WORKGROUPS)
  return [Math.ceil(needed / y), y, layers]
}

/** Moves every line `by` spaces to the right. */
export function indent(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by))
}
