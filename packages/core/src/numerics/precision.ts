import type { DType } from '../tensor/dtype.ts'

/** How a precision stores numbers and what it sums products in. */
export interface NumberFormat {
  /** The precision in words. */
  readonly name: string
  /** Type of the tensors that hold activations and weights. */
  readonly dtype: DType
  /** Bits of an activation, and of a weight unless a configuration says fewer. */
  readonly bits: 32 | 16 | 8
  /** Whether values are integers on a grid: such a model has scales and zero points, and so needs calibration. */
  readonly onGrid: boolean
  /** What products of weights and activations are summed in. */
  readonly sums: 'float32' | 'int32'
}

const FORMATS = {
  fp32: { name: 'FP32', dtype: 'float32', bits: 32, onGrid: false, sums: 'float32' },
  fp16: { name: 'FP16', dtype: 'float16', bits: 16, onGrid: false, sums: 'float32' },
  int8: { name: 'INT8', dtype: 'int8', bits: 8, onGrid: true, sums: 'int32' },
} as const

/** The precision that an op computes in, told by the dtype of its first input. */
export type Precision = keyof typeof FORMATS

/** The format of each precision. */
export const PRECISION: { readonly [P in Precision]: NumberFormat } = FORMATS

/** All precisions, the reference first. */
export const PRECISIONS: readonly Precision[] = Object.keys(FORMATS) as Precision[]

/** The precision whose tensors have this dtype; undefined for a dtype that no precision computes in. */
export function precisionStoredAs(dtype: DType): Precision | undefined {
  return PRECISIONS.find((precision) => PRECISION[precision].dtype === dtype)
}
