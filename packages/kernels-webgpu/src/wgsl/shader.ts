import type { Element } from './element.ts'
import { declareScalars, type Fields } from './scalars.ts'

/** Invocations in a workgroup, along x. */
const WORKGROUP = 64

/** Workgroups that WebGPU allows along one dimension. */
const MAX_WORKGROUPS = 65535

export type Workgroups = readonly [number, number, number]

/** A read-only array of constants. */
export interface Table {
  readonly name: string
  /** WGSL type of one entry. */
  readonly type: string
}

/** The named parts a compute shader is put together from. Bindings are numbered in the order given here. */
export interface Shader {
  readonly title: string
  /** What a reader must know: tile, layout, memory traffic. */
  readonly about: readonly string[]
  readonly inputs: Readonly<Record<string, Element>>
  readonly output: Element
  readonly scalars: Fields
  readonly tables: readonly Table[]
  readonly functions: readonly string[]
  /** Statements of `main`; `thread` is the invocation's number along x and y, `layer` its workgroup along z. */
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
  const f16 = elements.some(({ storage }) => storage.includes('f16')) ? 'enable f16;\n' : ''
  return `${f16}// ${shader.title}
${shader.about.map((line) => `// ${line}`).join('\n')}

${declareScalars(shader.scalars)}
${variables.map((variable, index) => `@group(0) @binding(${index}) ${variable}`).join('\n')}
${elements.map(({ wgsl }) => wgsl.trim()).join('\n')}
${shader.functions.map((text) => text.trim()).join('\n')}

@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = (group.y * groups.x + group.x) * ${WORKGROUP}u + local;
  let layer = group.z;
${indent(shader.body.trim(), 2)}
}
`
}

/** Workgroups for `threads` invocations, `layers` times: x spills into y beyond WebGPU's limit of workgroups. */
export function workgroups(threads: number, layers = 1): Workgroups {
  const needed = Math.max(1, Math.ceil(threads / WORKGROUP))
  const y = Math.ceil(needed / MAX_WORKGROUPS)
  return [Math.ceil(needed / y), y, layers]
}

/** Moves every line `by` spaces to the right. */
export function indent(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by))
}
