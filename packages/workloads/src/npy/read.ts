import { allocate, elements, OctetError, tensor, type DataOf, type Shape, type Tensor } from '@octet/core'
import type { NpyDType } from './format.ts'
import { readHeader, type Header } from './header.ts'

const INT32_LIMIT = 2 ** 31

/**
 * Reads an NPY file, format version 1.0, 2.0 or 3.0 (NumPy Enhancement Proposal 1), in C or Fortran order and either
 * byte order. The tensor is in C order. One-byte integers keep their dtype, booleans become uint8, wider integers int32
 * and floats float32, and each value is checked to fit. Memory is allocated only after the file is known to have the
 * bytes.
 * @param where names the file in messages
 * @throws OctetError if the file is not such an array, or holds a NaN, an infinity or a value that does not fit.
 */
export function parseNpy(bytes: Uint8Array, where: string): Tensor<NpyDType> {
  const header = readHeader(bytes, where)
  requireBytes(header, bytes.length, where)
  const { encoding, shape, start } = header
  return tensor(encoding.dtype, shape, valuesOf(header, bytes.subarray(start), where))
}

/** @throws OctetError if the file does not have the number of bytes that its header states. */
export function requireBytes(
  { description, encoding, shape, start }: Header,
  length: number,
  where: string,
): void {
  const needed = elements(shape) * encoding.bytes
  const present = length - start
  if (present !== needed)
    throw new OctetError(
      `${where}: shape [${shape.join(', ')}] of ${description} needs ${needed} bytes, the file has ${present}`,
      present < needed
        ? 'the file is cut short: copy or save it again'
        : 'save the array again with numpy.save',
    )
}

/**
 * Values of an NPY file in C order.
 * @param bytes of all values; for a file in C order, they may be a part of the values
 * @param first the index of the first of these values in the file
 * @throws OctetError naming the position of a value that does not fit.
 */
export function valuesOf(
  { encoding, little, fortran, shape }: Header,
  bytes: Uint8Array,
  where: string,
  first = 0,
): DataOf[NpyDType] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.length / encoding.bytes
  const data = allocate(encoding.dtype, count)
  const places = fortran ? fortranPlaces(shape) : undefined
  for (let i = 0; i < count; i++) {
    const value = encoding.read(view, (places?.next() ?? i) * encoding.bytes, little)
    data[i] = value
    if (encoding.bytes > 1 && !fits(value, encoding.dtype))
      throw new OctetError(
        `${where}: ${complaint(value, encoding.dtype)} at [${position(first + i, shape).join(', ')}]`,
        encoding.dtype === 'float32'
          ? 'leave the sample out, or put a finite number in its place'
          : 'leave the sample out, or scale the values',
      )
  }
  return data
}

/** The positions of the elements of a Fortran-ordered array, in C order. */
function fortranPlaces(shape: Shape): { next(): number } {
  const strides = shape.map((_, axis) => elements(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  let place = 0
  return {
    next: () => {
      const found = place
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        place += strides[axis]
        if (++index[axis] < shape[axis]) break
        place -= strides[axis] * shape[axis]
        index[axis] = 0
      }
      return found
    },
  }
}

function fits(value: number, dtype: NpyDType): boolean {
  return dtype === 'float32'
    ? Number.isFinite(Math.fround(value))
    : value >= -INT32_LIMIT && value < INT32_LIMIT
}

function complaint(value: number, dtype: NpyDType): string {
  return Number.isFinite(value) ? `${value} does not fit ${dtype}` : String(value)
}

/** The index along each axis of element `i`. */
function position(i: number, shape: Shape): number[] {
  let rest = i
  return shape
    .toReversed()
    .map((size) => {
      const index = rest % size
      rest = (rest - index) / size
      return index
    })
    .toReversed()
}
