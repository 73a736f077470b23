import { Names, toFloat16, type Node } from '@octet/core'
import { DATA_TYPES } from '../format.ts'
import { onnxOp } from '../ops/list.ts'
import { OPSET, type OnnxData, type OnnxDType, type OnnxNode, type OnnxTensor } from './encode.ts'

/** The type in which a node computes. */
export type FloatType = 'float32' | 'float16'

/** A node to write, and the tensors that replace its own. */
export interface Wiring {
  readonly inputs?: readonly string[]
  readonly output?: string
  /** Default: float32. The tensors must already have this type. */
  readonly type?: FloatType
}

/** Collects ONNX nodes and the constants that they read. */
export class NodeWriter {
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[] = []
  readonly #tensors: Names
  readonly #names: Names
  #opset = OPSET

  /** @param taken names of existing tensors and nodes, which new ones must not have */
  constructor(taken: { readonly tensors: Iterable<string>; readonly nodes: Iterable<string> }) {
    this.#tensors = new Names(taken.tensors)
    this.#names = new Names(taken.nodes)
  }

  /** The first opset, from 14, that has all written ops. */
  get opset(): number {
    return this.#opset
  }

  require(opset: number): void {
    this.#opset = Math.max(this.#opset, opset)
  }

  /** The wanted name for a tensor, with a number if it is taken. */
  fresh(wanted: string): string {
    return this.#tensors.fresh(wanted)
  }

  /** Adds a constant and returns its name: the wanted name, with a number if it is taken. */
  constant(wanted: string, data: OnnxData): string {
    return this.hold(this.fresh(wanted), data)
  }

  /** Adds a constant under a name that was reserved for it. */
  hold(name: string, data: OnnxData): string {
    this.initializers.push({ name, ...data })
    return name
  }

  /** Adds a node in ONNX's terms, named after its output. */
  add(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: NonNullable<OnnxNode['attributes']> = {},
  ): string {
    this.nodes.push({ op, name: this.#names.fresh(output), inputs, outputs: [output], attributes })
    return output
  }

  cast(input: string, output: string, to: OnnxDType): string {
    return this.add('Cast', [input], output, { to: DATA_TYPES[to] })
  }

  /** Writes a node of core's graph, with Casts around it if ONNX has truth values or whole numbers there. */
  write(node: Node, { inputs = node.inputs, output = node.output, type = 'float32' }: Wiring = {}): void {
    const writing = onnxOp(node).write(node)
    this.require(writing.since ?? OPSET)
    const added = Object.entries(writing.inputs ?? {}).map(([key, data]) => {
      if (data === undefined) return ''
      const typed = writing.float32 === true ? data : stored(data, type)
      return this.constant(`${node.name}.${key}`, typed)
    })
    const present = added.slice(0, added.findLastIndex((name) => name !== '') + 1)
    const read = [...inputs, ...present]
    for (const place of writing.conditions ?? [])
      read[place] = this.cast(read[place], this.fresh(`${read[place]}.truth`), 'bool')
    const whole = writing.yields !== undefined ? this.fresh(`${output}.whole`) : undefined
    this.nodes.push({
      op: writing.op ?? node.op,
      name: node.name,
      inputs: read,
      outputs: [whole ?? output],
      attributes: writing.attributes ?? {},
    })
    if (whole !== undefined) this.cast(whole, output, type)
  }
}

/** Floats in the type in which a node computes. Whole numbers stay unchanged. */
export function stored(data: OnnxData, type: FloatType): OnnxData {
  if (type === 'float32' || data.dtype !== 'float32') return data
  return { ...data, dtype: 'float16', data: toFloat16(data.data as Float32Array) }
}
