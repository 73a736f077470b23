import { OctetError } from '../error.ts'
import type { OpSpec, TensorSpec } from '../kernel/spec.ts'
import { NO_PADS } from '../kernel/spec.ts'
import type { Window } from '../model/graph.ts'
import type { Layer } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { inferShapes, windowOutput } from '../model/shapes.ts'
import type { FloatModel, QuantizedModel } from '../ptq/model.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape } from '../tensor/tensor.ts'
import type { Arithmetic } from './arithmetic.ts'
import { floatArithmetic } from './float.ts'
import { integerArithmetic } from './integer.ts'
import type { Program, ProgramStep } from './program.ts'

/**
 * Lowers a model: raw samples -> Normalize -> (QuantizeLinear) -> layers -> (DequantizeLinear), every shape fixed, every
 * constant ready. Structure depends on the model and the precision only, numbers on the calibration.
 * @throws OctetError naming the layer that has no lowering.
 */
export function lower(
  source: FloatModel | QuantizedModel,
  { batch, normalizer }: { readonly batch: number; readonly normalizer: Normalizer },
): Program {
  const { model, precision } = source
  const arithmetic = source.precision === 'int8' ? integerArithmetic(source) : floatArithmetic(source)
  const shapes = inferShapes(model.graph, batch)
  const build = new Builder(arithmetic)
  const input = build.tensor('float32', shapes.get(model.graph.input.name)!)
  const name = model.graph.input.name
  const normalized = arithmetic.dtype === 'float16' ? 'float16' : 'float32'
  const first = build.append('normalize', [input], normalized, shapes.get(name)!, (inputs, output) => ({
    spec: { op: 'Normalize', inputs, output },
    constants: { kind: 'normalize', offset: normalizer.offset, scale: normalizer.scale },
  }))
  build.define(name, first)
  for (const layer of model.layers) {
    const dtype = arithmetic.covers(layer) ? arithmetic.dtype : 'float32'
    const inputs = layer.inputs.map((tensor) => build.as(dtype, tensor))
    const output = build.append(layer.name, inputs, dtype, shapes.get(layer.output)!, (from, to) =>
      lowerLayer(layer, from, to, arithmetic),
    )
    build.define(layer.output, output)
  }
  const output = build.as(arithmetic.dtype === 'float16' ? 'float16' : 'float32', model.graph.output)
  return { precision, batch, tensors: build.tensors, input, output, steps: build.steps }
}

type Lowered = Pick<ProgramStep, 'spec' | 'constants'>

class Builder {
  readonly tensors: TensorSpec[] = []
  readonly steps: ProgramStep[] = []
  /** Tensor name -> index, for each dtype it exists in. */
  readonly #forms = new Map<string, Map<DType, number>>()
  readonly #arithmetic: Arithmetic

  constructor(arithmetic: Arithmetic) {
    this.#arithmetic = arithmetic
  }

  tensor(dtype: DType, shape: Shape): number {
    return this.tensors.push({ dtype, shape }) - 1
  }

  append(
    name: string,
    inputs: readonly number[],
    dtype: DType,
    shape: Shape,
    make: (inputs: readonly TensorSpec[], output: TensorSpec) => Lowered,
  ): number {
    const output = this.tensor(dtype, shape)
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
    const [from] = forms.values()
    const { shape } = this.tensors[from]
    const entering = dtype === this.#arithmetic.dtype
    const constants = entering ? this.#arithmetic.enter(name) : this.#arithmetic.leave(name)
    if (constants === undefined)
      throw new OctetError(`tensor "${name}" is needed as ${dtype}, which it cannot be converted to`)
    const op = entering ? 'QuantizeLinear' : 'DequantizeLinear'
    const made = this.append(`${op} ${name}`, [from], dtype, shape, (inputs, output) => ({
      spec: { op, inputs, output },
      constants,
    }))
    forms.set(dtype, made)
    return made
  }
}

function lowerLayer(
  layer: Layer,
  inputs: readonly TensorSpec[],
  output: TensorSpec,
  arithmetic: Arithmetic,
): Lowered {
  const base = { inputs, output }
  const { node } = layer
  switch (node.op) {
    case 'Conv': {
      const weightZeroPoints = arithmetic.weightZeroPoints(layer)
      return {
        spec: {
          op: 'Conv',
          ...base,
          ...windowOf(node.attributes),
          group: node.attributes.group,
          weightZeroPoints,
        },
        constants: arithmetic.constants(layer),
      }
    }
    case 'Gemm':
      return {
        spec: { op: 'Gemm', ...base, weightZeroPoints: arithmetic.weightZeroPoints(layer) },
        constants: arithmetic.constants(layer),
      }
    case 'MatMul':
      return { spec: { op: 'MatMul', ...base }, constants: arithmetic.constants(layer) }
    case 'Add': {
      if (inputs[0].shape.join() !== inputs[1].shape.join())
        throw new OctetError(
          `Add "${layer.name}": two activations must have one shape, broadcasting is not supported`,
        )
      return { spec: { op: 'Add', ...base }, constants: arithmetic.constants(layer) }
    }
    case 'Relu':
    case 'Clip':
      return { spec: { op: 'Clip', ...base }, constants: arithmetic.constants(layer) }
    case 'MaxPool':
      return {
        spec: { op: 'MaxPool', ...base, ...grown(node.attributes, inputs[0], node.attributes.ceilMode) },
        constants: { kind: 'none' },
      }
    case 'AveragePool': {
      const { countIncludePad, ceilMode } = node.attributes
      const window = grown(node.attributes, inputs[0], ceilMode)
      if (countIncludePad && window.pads.join() !== node.attributes.pads.join())
        throw new OctetError(`AveragePool "${layer.name}": ceil_mode with count_include_pad is not supported`)
      return average(layer, base, window, countIncludePad, arithmetic)
    }
    case 'GlobalAveragePool': {
      const [, , height, width] = inputs[0].shape
      const window: Window = { kernel: [height, width], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] }
      return average(layer, base, window, false, arithmetic)
    }
    case 'Flatten':
    case 'Reshape':
      return { spec: { op: 'Reshape', ...base }, constants: { kind: 'none' } }
    case 'Softmax': {
      const rank = output.shape.length
      if (rank !== 2 || (node.attributes.axis + rank) % rank !== 1)
        throw new OctetError(`Softmax "${layer.name}": only over the last axis of [N,F]`)
      return { spec: { op: 'Softmax', ...base }, constants: { kind: 'none' } }
    }
  }
}

function average(
  layer: Layer,
  base: { inputs: readonly TensorSpec[]; output: TensorSpec },
  window: Window,
  countIncludePad: boolean,
  arithmetic: Arithmetic,
): Lowered {
  const full = window.kernel[0] * window.kernel[1]
  const divisors = Float32Array.from({ length: full + 1 }, (_, n) =>
    countIncludePad ? full : Math.max(n, 1),
  )
  const spec: OpSpec = { op: 'AveragePool', ...base, ...window, countIncludePad }
  return { spec, constants: arithmetic.constants(layer, divisors) }
}

function windowOf({ kernel, strides, pads, dilations }: Window): Window {
  return { kernel, strides, pads, dilations }
}

/** ceil_mode as plain padding: bottom and right grow until the last, partial windows fit. */
function grown(window: Window, input: TensorSpec, ceilMode: boolean): Window {
  const plain = windowOf(window)
  if (!ceilMode) return plain
  const size: readonly [number, number] = [input.shape[2], input.shape[3]]
  const output = windowOutput(window, size, true)
  const extra = (axis: 0 | 1): number =>
    Math.max(
      0,
      (output[axis] - 1) * window.strides[axis] +
        window.dilations[axis] * (window.kernel[axis] - 1) +
        1 -
        (size[axis] + window.pads[axis] + window.pads[axis + 2]),
    )
  const [top, left, bottom, right] = window.pads
  return { ...plain, pads: [top, left, bottom + extra(0), right + extra(1)] }
}
