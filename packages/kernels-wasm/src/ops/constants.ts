import { type Constants, expectConstants, type Tensor } from '@octet/core'
import { floatTarget, integerTarget, type SpecOf, type Target } from './op.ts'

/** The numbers of a MatMul. Floats have no zero points, and their sums no multiplier. */
export interface MatMulNumbers {
  readonly aZeroPoint: number
  readonly bZeroPoint: number
  readonly multiplier: number
  readonly target: Target
}

export function matMulNumbers(spec: SpecOf<'MatMul'>, constants: Constants): MatMulNumbers {
  if (spec.inputs[0].dtype !== 'int8') {
    const { clamp } = expectConstants(spec, constants, 'clamp')
    return { aZeroPoint: 0, bZeroPoint: 0, multiplier: 0, target: floatTarget(clamp) }
  }
  const { clamp, outputZeroPoint, ...numbers } = expectConstants(spec, constants, 'int-matmul')
  return { ...numbers, target: integerTarget(clamp, outputZeroPoint) }
}

/** The numbers of a Conv or Gemm, one per output. Floats have no zero points, and their sums no multipliers. */
export interface WeightedNumbers {
  readonly weight: Tensor
  readonly bias: Float32Array | Int32Array
  /** Absent if all are 0. */
  readonly weightZeroPoints?: Int32Array
  readonly inputZeroPoint: number
  readonly multiplier: Float32Array
  readonly target: Target
}

export function weightedNumbers(spec: SpecOf<'Conv' | 'Gemm'>, constants: Constants): WeightedNumbers {
  if (spec.inputs[0].dtype !== 'int8') {
    const { weight, bias, clamp } = expectConstants(spec, constants, 'float-weights')
    return { weight, bias, inputZeroPoint: 0, multiplier: new Float32Array(), target: floatTarget(clamp) }
  }
  const c = expectConstants(spec, constants, 'int-weights')
  const { weight, bias, weightZeroPoints, inputZeroPoint, multiplier } = c
  return {
    weight,
    bias,
    ...(spec.weightZeroPoints && { weightZeroPoints }),
    inputZeroPoint,
    multiplier,
    target: integerTarget(c.clamp, c.outputZeroPoint),
  }
}
