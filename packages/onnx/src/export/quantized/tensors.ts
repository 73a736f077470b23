import { OctetError, quantize, type QParams, type Tensor } from '@octet/core'
import type { FloatType, NodeWriter } from '../nodes.ts'
import { stored } from '../nodes.ts'
import type { Grids } from './grids.ts'

/** The arithmetic of a layer: integers, or floats of a type. */
export type Form = 'integers' | FloatType

/**
 * The tensors of a model in the forms that layers need. A tensor is converted when a layer first needs a form. Each
 * reader of its integers has a separate DequantizeLinear, so that a runtime can fuse it with the reader.
 */
export class TensorForms {
  readonly #writer: NodeWriter
  readonly #grids: Grids
  readonly #activations: ReadonlyMap<string, QParams>
  readonly #constants: ReadonlyMap<string, Tensor<'float32'>>
  /** By the tensor's name: the ONNX tensor of each existing form. */
  readonly #forms = new Map<string, Map<Form, string>>()
  readonly #shielded = new Set<string>()

  constructor(
    writer: NodeWriter,
    grids: Grids,
    activations: ReadonlyMap<string, QParams>,
    constants: ReadonlyMap<string, Tensor<'float32'>>,
  ) {
    this.#writer = writer
    this.#grids = grids
    this.#activations = activations
    this.#constants = constants
  }

  define(name: string, form: Form, tensor: string): void {
    this.#formsOf(name).set(form, tensor)
  }

  /**
   * Puts an Abs between the floats of a tensor that is never negative and its QuantizeLinear. The runtime then cannot
   * fuse the node that computes the tensor.
   */
  shield(name: string): void {
    this.#shielded.add(name)
  }

  /** @throws OctetError for a tensor without a grid. */
  grid(name: string): QParams {
    const qparams = this.#activations.get(name)
    if (qparams === undefined) throw new OctetError(`tensor "${name}" has no scale`)
    return qparams
  }

  /** The float tensor that a node reads to compute in a form. */
  readBy(form: Form, name: string): string {
    if (form === 'integers') return this.#dequantized(name, this.#quantized(name))
    return this.as(form, name)
  }

  /** The tensor in floats, which all readers share. If it is stored as integers, each reader has its own. */
  as(type: FloatType, name: string, wanted?: string): string {
    const forms = this.#formsOf(name)
    const known = forms.get(type)
    if (known !== undefined) return known
    const held = this.#constants.get(name)
    if (held !== undefined) {
      const own = type === 'float32' ? name : this.#writer.fresh(`${name}.${type}`)
      return this.#keep(name, type, this.#writer.hold(own, stored(held, type)))
    }
    const other = forms.get(type === 'float32' ? 'float16' : 'float32')
    if (other === undefined && type === 'float32')
      return this.#dequantized(name, forms.get('integers')!, wanted)
    const from = other ?? this.#dequantized(name, forms.get('integers')!)
    const output = wanted ?? this.#writer.fresh(`${name}.${type}`)
    return this.#keep(name, type, this.#writer.cast(from, output, type))
  }

  #quantized(name: string): string {
    const known = this.#formsOf(name).get('integers')
    if (known !== undefined) return known
    const grid = this.grid(name)
    const held = this.#constants.get(name)
    const wanted = `${name}.quantized`
    if (held !== undefined) {
      const { shape, data } = quantize('int8', held, grid)
      return this.#keep(name, 'integers', this.#writer.constant(wanted, this.#grids.integers(shape, data)))
    }
    const constants = this.#grids.of(name, grid)
    const made = this.as('float32', name)
    const floats = this.#shielded.has(name)
      ? this.#writer.add('Abs', [made], this.#writer.fresh(`${name}.shielded`))
      : made
    return this.#keep(name, 'integers', this.#grids.quantize(floats, this.#writer.fresh(wanted), constants))
  }

  #dequantized(name: string, integers: string, wanted = this.#writer.fresh(`${name}.dequantized`)): string {
    return this.#grids.dequantize(integers, wanted, this.#grids.of(name, this.grid(name)))
  }

  #formsOf(name: string): Map<Form, string> {
    const forms = this.#forms.get(name) ?? new Map<Form, string>()
    this.#forms.set(name, forms)
    return forms
  }

  #keep(name: string, form: Form, tensor: string): string {
    this.define(name, form, tensor)
    return tensor
  }
}
