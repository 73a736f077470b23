import { OctetError } from '../error.ts'
import type { Layer } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { inferShapes } from '../model/shapes.ts'
import type { FixedPointRounding } from '../numerics/index.ts'
import { layerOp } from '../ops/list.ts'
import type { Constants, TensorSpec } from '../ops/spec.ts'
import type { FloatModel, MixedModel, QuantizedModel } from '../model/quantized.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/tensor.ts'
import type { Arithmetic, Conversions } from './arithmetic.ts'
import { floatArithmetic } from './float.ts'
import { integerArithmetic } from './integer.ts'
import { lowerLayer, type Lowered } from './lower-layer.ts'
import type { Program, ProgramStep } from './program.ts'

export interface LowerOptions {
  readonly batch: number
  readonly normalizer: Normalizer
  /**
   * Integer sums are rescaled by Q31 multipliers, rounded as said, instead of float32 ones. Only the reference runs
   * that.
   */
  readonly fixedPoint?: FixedPointRounding
}

/**
 * Lowers a model: raw samples -> Normalize, which quantizes too for a layer of integers -> layers ->
 * (DequantizeLinear), every shape fixed, every constant ready. Where layers of different precision meet, a tensor is
 * converted once for all that read it. Structure depends on the model and the precisions only, numbers on the
 * calibration.
 * @throws OctetError naming the layer that has no lowering, or the tensor that cannot be converted.
 */
export function lower(
  source: FloatModel | QuantizedModel | MixedModel,
  { batch, normalizer, fixedPoint }: LowerOptions,
): Program {
  const { graph, layers } = source.model
  const shapes = inferShapes(graph, batch)
  const { arithmeticOf, conversions } = arithmeticsOf(source, fixedPoint)
  const build = new Builder(normalizer, conversions)
  const input = build.input(graph.input.name, shapes.get(graph.input.name)!)
  for (const layer of layers) {
    const arithmetic = arithmeticOf(layer)
    const inputs = layer.inputs.map((name) => build.as(arithmetic.dtype, name))
    const shape = shapes.get(layer.output)!
    const output = build.append(layer.name, inputs, arithmetic.dtype, shape, (from, to) =>
      lowerLayer(layer, from, to, arithmetic),
    )
    build.define(layer.output, output)
  }
  const output = build.asFloat(graph.output)
  return { precision: source.precision, batch, tensors: build.tensors, input, output, steps: build.steps }
}

/** What each layer computes in, and how tensors are converted. */
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
    arithmeticOf: (layer) => (isHalf(layer) ? fp16 : layerOp(layer.node).integers === null ? fp32 : integer),
    conversions: integer,
  }
}

class Builder {
  readonly tensors: TensorSpec[] = []
  readonly steps: ProgramStep[] = []
  /** Tensor name -> index, for each dtype it exists in. */
  readonly #forms = new Map<string, Map<DType, number>>()
  readonly #normalizer: Normalizer
  readonly #conversions: Conversions | undefined
  /** Name and index of the raw input, which every form of the model's input is made from. */
  #raw: readonly [name: string, index: number] = ['', -1]

  constructor(normalizer: Normalizer, conversions: Conversions | undefined) {
    this.#normalizer = normalizer
    this.#conversions = conversions
  }

  input(name: string, shape: Shape): number {
    const index = this.#tensor('float32', shape)
    this.#raw = [name, index]
    this.#forms.set(name, new Map())
    return index
  }

  append(
    name: string,
    inputs: readonly number[],
    dtype: DType,
    shape: Shape,
    make: (inputs: readonly TensorSpec[], output: TensorSpec) => Lowered,
  ): number {
    const output = this.#tensor(dtype, shape)
    const made = make(
      inputs.map((index) => this.tensors[index]),
      this.tensors[output],
    )
    this.steps.push({ name, ...made, inputs, output })
    return output
  }

  define(name: string, index: number): void {
    this.#forms.set(name, new Map([[this.tensors[index].dtype, index]]))
  }

  /** The tensor in a dtype, converted once where it is first wanted. */
  as(dtype: DType, name: string): number {
    const forms = this.#forms.get(name)!
    const ready = forms.get(dtype)
    if (ready !== undefined) return ready
    const made = name === this.#raw[0] ? this.#normalized(dtype) : this.#converted(dtype, name)
    forms.set(dtype, made)
    return made
  }

  /** The tensor as floats: as they are, or as float32. */
  asFloat(name: string): number {
    return this.#forms.get(name)!.get('float16') ?? this.as('float32', name)
  }

  #normalized(dtype: DType): number {
    const [name, raw] = this.#raw
    const { offset, scale } = this.#normalizer
    const constants: Constants =
      dtype === 'int8'
        ? { ...this.#conversions!.quantize(name), kind: 'normalize-quantize', offset, scale }
        : { kind: 'normalize', offset, scale }
    return this.append('normalize', [raw], dtype, this.tensors[raw].shape, (inputs, output) => ({
      spec: { op: 'Normalize', inputs, output },
      constants,
    }))
  }

  #converted(dtype: DType, name: string): number {
    const forms = this.#forms.get(name)!
    const from = dtype === 'int8' ? (forms.get('float32') ?? forms.get('float16')) : forms.get('int8')
    if (from === undefined || this.#conversions === undefined)
      throw new OctetError(
        `tensor "${name}" is needed as ${dtype}, and there is only ${[...forms.keys()].join(' and ')}`,
        'give the layers before and behind it the same precision',
      )
    const op = dtype === 'int8' ? 'QuantizeLinear' : 'DequantizeLinear'
    const constants = dtype === 'int8' ? this.#conversions.quantize(name) : this.#conversions.dequantize(name)
    return this.append(`${op} ${name}`, [from], dtype, this.tensors[from].shape, (inputs, output) => ({
      spec: { op, inputs, output },
      constants,
    }))
  }

  #tensor(dtype: DType, shape: Shape): number {
    return this.tensors.push({ dtype, shape }) - 1
  }
}
