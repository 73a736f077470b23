import { OctetError } from '../error.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'

/** The number of values that an array of labels [N, ...] has per sample: 1 for [N] and [N, 1]. */
export function widthOf({ shape }: Tensor): number {
  return elements(shape.slice(1))
}

/**
 * The class of each sample of an array [N, classes] with a single 1 in each row and 0 elsewhere; undefined for any
 * other array, or if there is only one column.
 */
export function fromOneHot(array: Tensor): Int32Array | undefined {
  const width = widthOf(array)
  const [samples = 0] = array.shape
  if (width < 2) return undefined
  const classes = new Int32Array(samples).fill(-1)
  for (let i = 0; i < array.data.length; i++) {
    const value = array.data[i]
    if (value === 0) continue
    const sample = Math.floor(i / width)
    if (value !== 1 || classes[sample] >= 0) return undefined
    classes[sample] = i % width
  }
  return classes.includes(-1) ? undefined : classes
}

/**
 * Whole numbers, one per sample, from an array [N] or [N, 1], or from one-hot rows [N, classes].
 * @param mend the right contents of the file, for the error message
 * @throws OctetError for any other array, naming the first number that is not whole.
 */
export function wholeLabels(array: Tensor, classes: number, mend: string): Int32Array {
  const { dtype, shape, data } = array
  if (shape.length === 0 || widthOf(array) !== 1) {
    const found = shape.length > 0 && widthOf(array) === classes ? fromOneHot(array) : undefined
    if (found !== undefined) return found
    throw new OctetError(
      `labels are one whole number a sample, or rows of ${classes} with a single 1, this is ${dtype} ` +
        `[${shape.join(', ')}]`,
      mend,
    )
  }
  const broken = data.findIndex((label: number) => !Number.isInteger(label))
  if (broken >= 0) throw new OctetError(`label ${data[broken]} at [${broken}] is not a whole number`, mend)
  return Int32Array.from(data)
}
