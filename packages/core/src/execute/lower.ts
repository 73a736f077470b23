import { OctetError } from '../error.ts'
import { largestBatch, sampleInputs } from '../model/graph.ts'
import { hasIntegers, type Layer } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { inferShapes } from '../model/shapes.ts'
import { quantize, toFloat16, type FixedPointRounding } from '../numerics/index.ts'
import type { Tensors } from '../ops/record.ts'
import type { Constants, TensorSpec } from '../ops/spec.ts'
import type { FloatModel, MixedModel, QuantizedModel } from '../model/quantized.ts'
import type { DType } from '../tensor/dtype.ts'
import { tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import type { Arithmetic, Conversions } from './arithmetic.ts'
import { floatArithmetic } from './float.ts'
import { integerArithmetic } from './integer.ts'
import { lowerLayer, type Lowered } from './lower-layer.ts'
import type { Program, ProgramStep } from './program.ts'

export interface LowerOptions {
  readonly batch: number
  /** The normalization of the sample inputs. States are not normalized. */
  readonly normalizer: Normalizer
  /**
   * With this option, Q31 multipliers with the given rounding rescale integer sums, instead of float32 multipliers.
   * Only the reference can run such a program.
   */
  readonly fixedPoint?: FixedPointRounding
}

/**
 * Lowers a model: raw samples -> Normalize (which also quantizes for an integer layer) -> layers -> (DequantizeLinear).
 * Every shape is fixed and every constant is ready. If layers of different precision meet, a tensor is converted once
 * for all its readers. The structure depends on the model and the precisions only; the numbers depend on the
 * calibration.
 * @throws OctetError naming a layer without a lowering, or a tensor that cannot be converted, and for a batch that the
 *   graph does not take.
 */
export function lower(
  source: FloatModel | QuantizedModel | MixedModel,
  { batch, normalizer, fixedPoint }: LowerOptions,
): Program {
  const { graph, layers } = source.model
  if (batch > largestBatch(graph))
    throw new OctetError(
      `model "${graph.name}" takes one sample at a time, not ${batch}`,
      'export it with a free batch dimension for batches, or run its samples one by one',
    )
  const shapes = inferShapes(graph, batch)
  const { arithmeticOf, conversions } = arithmeticsOf(source, fixedPoint)
  const build = new Builder(graph.initializers, conversions)
  const inputs = sampleInputs(graph).map(({ name }, i) =>
    build.input(name, shapes.get(name)!, i === 0 ? normalizer : (normalizer.beside?.get(name) ?? RAW)),
  )
  const carried = (graph.states ?? []).map(({ input }) => build.input(input, shapes.get(input)!, RAW))
  for (const layer of layers) {
    const arithmetic = arithmeticOf(layer)
    const read = layer.inputs.map((name) => build.as(arithmetic.dtype, name))
    const shape = shapes.get(layer.output)!
    const output = build.append(layer.name, layer.output, read, arithmetic.dtype, shape, (from, to) =>
      lowerLayer(layer, from, to, arithmetic),
    )
    build.define(layer.output, output)
  }
  const output = build.asFloat(graph.output)
  const states = (graph.states ?? []).map((state, i) => ({
    input: carried[i],
    output: build.asFloat(state.output),
  }))
  const { tensors, names, fixed, steps } = build
  return { precision: source.precision, batch, tensors, names, inputs, fixed, output, states, steps }
}

/** Leaves values as they are. */
const RAW: Normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** The precision of each layer, and the conversions of tensors. */
function arithmeticsOf(
  source: FloatModel | QuantizedModel | MixedModel,
  fixedPoint: FixedPointRounding | undefined,
): { arithmeticOf: (layer: Layer) => Arithmetic; conversions?: Conversions } {
  const fp32 = floatArithmetic(source.model, 'float32')
  const fp16 = floatArithmetic(source.model, 'float16')
  if (!('activations' in source)) return { arithmeticOf: () => (source.precision === 'fp16' ? fp16 : fp32) }
  const integer = integerArithmetic(source, fixedPoint)
  const isHalf = (layer: Layer): boolean =>
    source.precision === 'mixed' && source.layers.get(layer.name) === 'fp16'
  return {
    arithmeticOf: (layer) => (isHalf(layer) ? fp16 : hasIntegers(layer) ? integer : fp32),
    conversions: integer,
  }
}

class Builder {
  readonly tensors: TensorSpec[] = []
  readonly names: string[] = []
  readonly fixed = new Map<number, Tensor>()
  readonly steps: ProgramStep[] = []
  readonly #constants: ReadonlyMap<string, Tensor<'float32'>>
  /** The index of each tensor, by its name and dtype. */
  readonly #forms = new Map<string, Map<DType, number>>()
  readonly #conversions: Conversions | undefined
  /** The raw inputs, by name. Every form of the model's inputs is made from them. */
  readonly #raw = new Map<string, { readonly index: number; readonly normalizer: Normalizer }>()

  constructor(constants: ReadonlyMap<string, Tensor<'float32'>>, conversions: Conversions | undefined) {
    this.#constants = constants
    this.#conversions = conversions
  }

  input(name: string, shape: Shape, normalizer: Normalizer): number {
    const index = this.#tensor(name, 'float32', shape)
    this.#raw.set(name, { index, normalizer })
    return index
  }

  /** Appends a step with this name, and the tensor that it makes. */
  append(
    step: string,
    name: string,
    inputs: readonly number[],
    dtype: DType,
    shape: Shape,
    make: (inputs: readonly TensorSpec[], output: TensorSpec) => Lowered,
  ): number {
    const output = this.#tensor(name, dtype, shape)
    const made = make(
      inputs.map((index) => this.tensors[index]),
      this.tensors[output],
    )
    this.steps.push({ name: step, ...made, inputs, output })
    return output
  }

  define(name: string, index: number): void {
    this.#forms.set(name, new Map([[this.tensors[index].dtype, index]]))
  }

  /** The tensor in a dtype. It is converted once, when it is first needed. */
  as(dtype: DType, name: string): number {
    const forms = this.#forms.get(name) ?? new Map<DType, number>()
    this.#forms.set(name, forms)
    const ready = forms.get(dtype)
    if (ready !== undefined) return ready
    const made = this.#normalized(dtype, name) ?? this.#constant(dtype, name) ?? this.#converted(dtype, name)
    forms.set(dtype, made)
    return made
  }

  /** The tensor as floats: its own floats, or float32. */
  asFloat(name: string): number {
    return this.#forms.get(name)?.get('float16') ?? this.as('float32', name)
  }

  #normalized(dtype: DType, name: string): number | undefined {
    const raw = this.#raw.get(name)
    if (raw === undefined) return undefined
    const { index } = raw
    // Division is a separate step.
    if (dtype === 'int8' && this.#conversions!.divideQuantize(name) !== undefined) {
      this.as('float32', name)
      return undefined
    }
    const { offset, scale } = raw.normalizer
    const constants: Constants =
      dtype === 'int8'
        ? { ...this.#conversions!.quantize(name), kind: 'normalize-quantize', offset, scale }
        : { kind: 'normalize', offset, scale }
    return this.append('normalize', name, [index], dtype, this.tensors[index].shape, (inputs, output) => ({
      spec: { op: 'Normalize', inputs, output },
      constants,
    }))
  }

  #constant(dtype: DType, name: string): number | undefined {
    const held = this.#constants.get(name)
    if (held === undefined) return undefined
    const index = this.#tensor(name, dtype, held.shape)
    this.fixed.set(index, this.#stored(dtype, name, held))
    return index
  }

  #stored(dtype: DType, name: string, held: Tensor<'float32'>): Tensor {
    if (dtype === 'float16') return tensor('float16', held.shape, toFloat16(held.data))
    return dtype === 'int8' ? quantize('int8', held, this.#conversions!.grid(name)) : held
  }

  #converted(dtype: DType, name: string): number {
    const forms = this.#forms.get(name)!
    const from = dtype === 'int8' ? (forms.get('float32') ?? forms.get('float16')) : forms.get('int8')
    if (from === undefined || this.#conversions === undefined)
      throw new OctetError(
        `tensor "${name}" is needed as ${dtype}, and there is only ${[...forms.keys()].join(' and ')}`,
        'give the layers before and behind it the same precision',
      )
    const { shape } = this.tensors[from]
    const append = (op: string, make: (tensors: Tensors) => Lowered): number =>
      this.append(`${op} ${name}`, name, [from], dtype, shape, (inputs, output) => make({ inputs, output }))
    if (dtype !== 'int8') {
      const constants = this.#conversions.dequantize(name)
      return append('DequantizeLinear', (tensors) => ({
        spec: { op: 'DequantizeLinear', ...tensors },
        constants,
      }))
    }
    const divided = this.#conversions.divideQuantize(name)
    const constants = divided ?? this.#conversions.quantize(name)
    const by = divided && { by: 'divide' as const }
    return append('QuantizeLinear', (tensors) => ({
      spec: { op: 'QuantizeLinear', ...tensors, ...by },
      constants,
    }))
  }

  #tensor(name: string, dtype: DType, shape: Shape): number {
    this.names.push(name)
    return this.tensors.push({ dtype, shape }) - 1
  }
}
