import { OctetError } from '@octet/core'

/** The target of a quantized file. It selects one of several forms with the same integers. */
export interface Target {
  readonly summary: string
  /** The storage type of activations. uint8 is int8 plus 128: the same steps from the same zero point. */
  readonly activations: 'int8' | 'uint8'
  /** The storage type of 4-bit weights. int8 takes twice the bytes. */
  readonly weights4: 'int8' | 'int4'
  /** Ops that the target would compute on integers but Octet computes in floats. Their outputs are never negative. */
  readonly shielded: readonly string[]
}

export type TargetId = 'ort' | 'generic'

/** All targets by their names, the default first. */
export const TARGETS: { readonly [Id in TargetId]: Target } = {
  ort: {
    summary: 'ONNX Runtime: uint8 activations, which it supports on every processor; 4-bit weights as int8',
    // Its int4 Conv and Gemm stay in float (measured with onnxruntime-node 1.30: 9 of 9 Conv).
    activations: 'uint8',
    weights4: 'int8',
    // Its QLinearSoftmax gives other integers if the steps are small (measured: all 1,000 of SqueezeNet's).
    shielded: ['Softmax'],
  },
  generic: {
    summary: 'the ONNX standard: int8 activations; 4-bit weights as int4, in opset 21',
    activations: 'int8',
    weights4: 'int4',
    shielded: [],
  },
}

/** Names of all targets, the default first. */
export const TARGET_IDS: readonly TargetId[] = Object.keys(TARGETS) as TargetId[]

/** @throws OctetError for an unknown name. */
export function targetOf(id: string): Target {
  if (!Object.hasOwn(TARGETS, id))
    throw new OctetError(`there is no target "${id}"`, `the known values are ${TARGET_IDS.join(', ')}`)
  return TARGETS[id as TargetId]
}
