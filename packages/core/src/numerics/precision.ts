import type { DType } from '../tensor/dtype.ts'

/** How a precision stores numbers, and the type of its sums. */
export interface NumberFormat {
  /** The name of the precision, as a phrase. */
  readonly name: string
  /** The type of the tensors that hold activations and weights. */
  readonly dtype: DType
  /** The bits of an activation, and of a weight unless a configuration uses fewer. */
  readonly bits: 32 | 16 | 8
  /** Whether values are integers on a grid. Such a model has scales and zero points, and so it needs calibration. */
  readonly onGrid: boolean
  /** The type of sums of products of weights and activations. */
  readonly sums: 'float32' | 'int32'
}

const FORMATS = {
  fp32: { name: 'FP32', dtype: 'float32', bits: 32, onGrid: false, sums: 'float32' },
  fp16: { name: 'FP16', dtype: 'float16', bits: 16, onGrid: false, sums: 'float32' },
  int8: { name: 'INT8', dtype: 'int8', bits: 8, onGrid: true, sums: 'int32' },
} as const

/** The precision in which an op computes. The dtype of its first input decides it. */
export type Precision = keyof typeof FORMATS

/** The format of each precision. */
export const PRECISION: { readonly [P in Precision]: NumberFormat & (typeof FORMATS)[P] } = FORMATS

/** All precisions, the reference first. */
export const PRECISIONS: readonly Precision[] = Object.keys(FORMATS) as Precision[]

/** The precisions without and with a grid. */
export type FloatPrecision = {
  [P in Precision]: (typeof FORMATS)[P]['onGrid'] extends true ? never : P
}[Precision]
export type GridPrecision = Exclude<Precision, FloatPrecision>
export const GRID_PRECISIONS: readonly GridPrecision[] = PRECISIONS.filter(isOnGrid)
export const FLOAT_PRECISIONS: readonly FloatPrecision[] = PRECISIONS.filter(
  (precision): precision is FloatPrecision => !isOnGrid(precision),
)

/** Whether a precision stores integers on a grid. For a model with several precisions: whether all its layers do. */
export function isOnGrid(precision: Precision | 'mixed'): precision is GridPrecision {
  return precision !== 'mixed' && PRECISION[precision].onGrid
}

/** A precision, and the bits of weights if they are fewer than the precision's own. */
export interface WeightedPrecision {
  readonly precision: Precision
  readonly weightBits?: 4
}

const KERNELS = {
  fp32: { precision: 'fp32' },
  fp16: { precision: 'fp16' },
  int8: { precision: 'int8' },
  w4a8: { precision: 'int8', weightBits: 4 },
} as const

/** One word for the precision of a kernel or a layer, including `w4a8`: int8 with 4-bit weights. */
export type KernelPrecision = keyof typeof KERNELS

/** The meaning of each word. */
export const KERNEL_PRECISION: { readonly [P in KernelPrecision]: WeightedPrecision } = KERNELS
export const KERNEL_PRECISIONS: readonly KernelPrecision[] = Object.keys(KERNELS) as KernelPrecision[]

/** The word for a precision and bits of weights. */
export function kernelPrecisionOf({ precision, weightBits }: WeightedPrecision): KernelPrecision {
  return KERNEL_PRECISIONS.find((word) => {
    const meant = KERNEL_PRECISION[word]
    return meant.precision === precision && meant.weightBits === weightBits
  })!
}

/** The same word as tables show it: `FP32`, `W4A8`. */
export function kernelPrecisionName(precision: WeightedPrecision): string {
  return kernelPrecisionOf(precision).toUpperCase()
}
