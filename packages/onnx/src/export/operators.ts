import { fail, type Node, type Window } from '@octet/core'
import type { AttributeProto } from '../generated/onnx_pb.ts'
import { float, int, ints } from './attributes.ts'

/** What a core node holds as attributes and opset 14 takes as inputs: constants to be stored beside the weights. */
export type Argument =
  | { readonly name: string; readonly kind: 'float'; readonly value: number }
  | { readonly name: string; readonly kind: 'integers'; readonly values: readonly number[] }
  | { readonly name: ''; readonly kind: 'absent' }

/** @throws OctetError for what opset 14 cannot say. */
export function attributesOf(node: Node): AttributeProto[] {
  switch (node.op) {
    case 'AveragePool': {
      const { ceilMode, countIncludePad, dilations } = node.attributes
      if (dilations.some((dilation) => dilation !== 1))
        fail(node, 'opset 14 has no dilations for it', 'use a Conv with the same window in its place')
      return [
        ...place(node.attributes),
        int('ceil_mode', ceilMode),
        int('count_include_pad', countIncludePad),
      ]
    }
    case 'BatchNormalization':
      return [float('epsilon', node.attributes.epsilon)]
    case 'Conv':
      return [...place(node.attributes), dilationsOf(node.attributes), int('group', node.attributes.group)]
    case 'Concat':
    case 'Flatten':
    case 'Softmax':
      return [int('axis', node.attributes.axis)]
    case 'Gemm': {
      const { alpha, beta, transA, transB } = node.attributes
      return [float('alpha', alpha), float('beta', beta), int('transA', transA), int('transB', transB)]
    }
    case 'HardSigmoid':
      return [float('alpha', node.attributes.alpha), float('beta', node.attributes.beta)]
    case 'MaxPool':
      return [
        ...place(node.attributes),
        dilationsOf(node.attributes),
        int('ceil_mode', node.attributes.ceilMode),
      ]
    default:
      return []
  }
}

export function argumentsOf(node: Node): Argument[] {
  switch (node.op) {
    case 'Clip':
      return bounds(node.attributes.min, node.attributes.max)
    case 'Reshape':
      return [{ name: 'shape', kind: 'integers', values: node.attributes.shape }]
    default:
      return []
  }
}

function place({ kernel, strides, pads }: Window): AttributeProto[] {
  return [ints('kernel_shape', kernel), ints('strides', strides), ints('pads', pads)]
}

function dilationsOf({ dilations }: Window): AttributeProto {
  return ints('dilations', dilations)
}

/** An infinite bound is an absent input. */
function bounds(min: number, max: number): Argument[] {
  const low: Argument = Number.isFinite(min)
    ? { name: 'min', kind: 'float', value: min }
    : { name: '', kind: 'absent' }
  return Number.isFinite(max) ? [low, { name: 'max', kind: 'float', value: max }] : [low]
}
