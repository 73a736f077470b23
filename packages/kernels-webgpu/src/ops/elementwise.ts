import type { ConstantsKind, OpSpec } from '@octet/core'
import type { Element } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { outputStage, type Output } from '../wgsl/output.ts'
import { indent, workgroups, type Table } from '../wgsl/shader.ts'
import { elementOf, extentOf, kernel, type Draft, type Extent, type Kernel, type Sizes } from './kernel.ts'

/** WGSL of an input's stored word, by the input's name. */
export type Operand = (name: string) => string

/** The output stage of a spec, which knows which lanes are padding. */
export function outputOf({ output }: OpSpec, features: Features): Output {
  return outputStage(output.dtype, elementOf(output, features), extentOf(output).padding)
}

/** The function of an op on each word. */
export interface Elementwise<Kind extends ConstantsKind> extends Pick<
  Draft<Kind>,
  'kind' | 'inputs' | 'output' | 'scalars' | 'functions' | 'pack'
> {
  readonly tables?: readonly Table[]
  /** Scalars in addition to `channels`, `blocks` and `words`. */
  readonly sizes?: Sizes
  /** The memory traffic per word, if it is not one word of each operand. */
  readonly traffic?: string
  /** Whether the result depends on `word` or `block` themselves, and not only on the operands' words and on padding. */
  readonly placed?: boolean
  /**
   * The stored word to write, from `word` (its number), `block` (its block of channels), and the operands' words with
   * this number.
   */
  result(operand: Operand): string
}

/**
 * A shader that computes each word of four channels from the operands' words with the same number. It reads and writes
 * four words of bytes at a time if all words have the same padding.
 */
export function elementwise<Kind extends ConstantsKind>(spec: OpSpec, parts: Elementwise<Kind>): Kernel {
  const { placed = false, tables = [], sizes = {}, traffic = 'each operand read once', ...draft } = parts
  const extent = extentOf(spec.output)
  const bytes = [...Object.values(parts.inputs), parts.output].some(isBytes)
  const alike = extent.c % 4 === 0 || extent.c4 === 1
  const single = byWord(parts, extent)
  const wide = bytes && !placed && alike && extent.words % 4 === 0
  return kernel<Kind>(spec, {
    ...draft,
    ...(wide ? byQuad(parts, extent) : single),
    local: !placed,
    byWord: { inputs: single.inputs, output: single.output, body: single.body },
    title: `${spec.op} ${spec.inputs[0].dtype} -> ${spec.output.dtype}`,
    about: [
      'Layout: NHWC in blocks of 4 channels, the same for every operand.',
      `Tile: ${wide ? '4 words' : '1 word'} of 4 channels a thread. Traffic: ${traffic}, the result written once.`,
    ],
    sizes: { ...sizes, channels: extent.c, blocks: extent.c4, words: extent.words },
    tables,
  })
}

type Loop = Pick<Draft<ConstantsKind>, 'inputs' | 'output' | 'body' | 'workgroups' | 'span'>
type Words = Pick<Elementwise<ConstantsKind>, 'inputs' | 'output' | 'result'>

function byWord({ inputs, output, result }: Words, { c4, words }: Extent): Loop {
  return {
    inputs,
    output,
    body: `
let word = thread;
if (word >= scalars.words) { return; }
let block = ${c4 === 1 ? '0u' : 'word % scalars.blocks'};
y[word] = ${result((name) => `${name}[word]`)};`,
    workgroups: workgroups(words),
    span: { threads: c4, pixels: 1 },
  }
}

/** If all blocks have the same padding, one block represents all. */
function byQuad({ inputs, output, result }: Words, { c4, words }: Extent): Loop {
  const quads = new Map<Element, Element>()
  const quad = (element: Element): Element => {
    if (!isBytes(element)) return element
    const made = quads.get(element) ?? { ...element, storage: 'vec4<u32>' }
    quads.set(element, made)
    return made
  }
  const quadNames = Object.keys(inputs).filter((name) => isBytes(inputs[name]))
  const results = ['x', 'y', 'z', 'w'].map((lane, i) =>
    result((name) => (isBytes(inputs[name]) ? `${name}Quad.${lane}` : `${name}[word + ${i}u]`)),
  )
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, element]) => [name, quad(element)])),
    output: quad(output),
    body: [
      'let word = thread * 4u;',
      'if (word >= scalars.words) { return; }',
      'let block = 0u;',
      ...quadNames.map((name) => `let ${name}Quad = ${name}[thread];`),
      ...(isBytes(output)
        ? [`y[thread] = vec4<u32>(\n${indent(results.join(',\n'), 2)},\n);`]
        : results.map((text, i) => `y[word + ${i}u] = ${text};`)),
    ].join('\n'),
    workgroups: workgroups(words / 4),
    span: { threads: c4, pixels: 4 },
  }
}

function isBytes({ storage }: Element): boolean {
  return storage === 'u32'
}
