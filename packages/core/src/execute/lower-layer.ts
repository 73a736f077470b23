import type { Constants, OpSpec, TensorSpec } from '../kernel/spec.ts'
import { NO_PADS } from '../kernel/spec.ts'
import { sumsPastInt32 } from '../kernel/sums.ts'
import { bracketed } from '../model/describe.ts'
import { fail } from '../model/fail.ts'
import type { Window } from '../model/graph.ts'
import type { Layer } from '../model/layers.ts'
import { windowOutput } from '../model/shapes.ts'
import { sameShape, type Shape } from '../tensor/tensor.ts'
import type { Arithmetic } from './arithmetic.ts'
import type { ProgramStep } from './program.ts'

/** What one layer is compiled for, and its numbers. */
export type Lowered = Pick<ProgramStep, 'spec' | 'constants'>

/**
 * The spec and the constants of a layer in one precision.
 * @throws OctetError naming a layer that has no lowering, or whose sums could leave int32.
 */
export function lowerLayer(
  layer: Layer,
  inputs: readonly TensorSpec[],
  output: TensorSpec,
  arithmetic: Arithmetic,
): Lowered {
  const lowered = lowerNode(layer, inputs, output, arithmetic)
  const past = sumsPastInt32(lowered.spec)
  if (past !== undefined) fail(layer.node, past, 'keep this layer in fp16 or fp32')
  return lowered
}

function lowerNode(
  layer: Layer,
  inputs: readonly TensorSpec[],
  output: TensorSpec,
  arithmetic: Arithmetic,
): Lowered {
  const base = { inputs, output }
  const { node } = layer
  const rescaled = { ...base, ...(arithmetic.fixedPoint && { fixedPoint: arithmetic.fixedPoint }) }
  switch (node.op) {
    case 'Conv':
      return {
        spec: {
          op: 'Conv',
          ...rescaled,
          ...windowOf(node.attributes),
          group: node.attributes.group,
          ...arithmetic.weightTraits(layer),
        },
        constants: arithmetic.constants(layer),
      }
    case 'Gemm':
      return {
        spec: { op: 'Gemm', ...rescaled, ...arithmetic.weightTraits(layer) },
        constants: arithmetic.constants(layer),
      }
    case 'MatMul':
      return { spec: { op: 'MatMul', ...rescaled }, constants: arithmetic.constants(layer) }
    case 'Add':
    case 'Mul': {
      const [a, b] = inputs.map(({ shape }) => shape)
      if (!sameShape(a, b) && !(node.op === 'Mul' && isFactorOf(b, a)))
        fail(
          node,
          `${bracketed(a)} and ${bracketed(b)} must be one shape${node.op === 'Mul' ? ', or the second [N,C,1,1]' : ''}`,
          'widen the smaller of the two to the shape of the other before the model is exported',
        )
      return { spec: { op: node.op, ...rescaled }, constants: arithmetic.constants(layer) }
    }
    case 'Concat': {
      const rank = output.shape.length
      const axis = (node.attributes.axis + rank) % rank
      return { spec: { op: 'Concat', ...base, axis }, constants: unclamped(layer, arithmetic) }
    }
    case 'Sigmoid':
    case 'HardSwish':
      return { spec: { op: node.op, ...base }, constants: unclamped(layer, arithmetic) }
    case 'HardSigmoid':
      return { spec: { op: node.op, ...base, ...node.attributes }, constants: unclamped(layer, arithmetic) }
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
        fail(
          node,
          'ceil_mode with count_include_pad is not supported',
          'use explicit pads when the model is exported',
        )
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
        fail(
          node,
          `over axis ${node.attributes.axis} of ${bracketed(output.shape)}: only over all values of a sample, as the last axis of [N,F]`,
          'end the model before the Softmax, or flatten its input to [N,F] when the model is exported',
        )
      return { spec: { op: 'Softmax', ...base }, constants: { kind: 'none' } }
    }
  }
}

/** Ops whose floats are not clamped and whose integers go through tables. */
function unclamped(layer: Layer, arithmetic: Arithmetic): Constants {
  return arithmetic.dtype === 'int8' ? arithmetic.constants(layer) : { kind: 'none' }
}

/** Whether b is one factor for each channel of a: [N,C,1,1] beside [N,C,H,W]. */
function isFactorOf(b: Shape, a: Shape): boolean {
  return b.length === 4 && sameShape(b, [a[0], a[1], 1, 1])
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
  const { fixedPoint } = arithmetic
  const spec: OpSpec = {
    op: 'AveragePool',
    ...base,
    ...window,
    countIncludePad,
    ...(fixedPoint && { fixedPoint }),
  }
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
