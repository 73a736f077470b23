import { allocate, elements, OctetError, tensor, type Shape, type Tensor } from '@octet/core'
import { ENCODINGS, MAGIC, type Encoding, type NpyDType } from './format.ts'

interface Header {
  readonly description: string
  readonly encoding: Encoding
  readonly shape: Shape
  /** Where the values begin. */
  readonly start: number
}

const INT32_LIMIT = 2 ** 31

/**
 * Reads an NPY file, format version 1.0, 2.0 or 3.0 (NumPy Enhancement Proposal 1), in C order. One-byte integers keep their dtype;
 * wider integers become int32 and floats float32, each value checked to fit.
 * @param where names the file in messages
 * @throws OctetError when the file is not such an array, or holds a NaN, an infinity or a value that does not fit.
 */
export function parseNpy(bytes: Uint8Array, where: string): Tensor<NpyDType> {
  const { description, encoding, shape, start } = readHeader(bytes, where)
  const count = elements(shape)
  const present = bytes.length - start
  if (present !== count * encoding.bytes)
    throw new OctetError(
      `${where}: shape [${shape.join(', ')}] of ${description} needs ${count * encoding.bytes} bytes, the file has ${present}`,
      present < count * encoding.bytes ? 'the file is cut short: copy or save it again' : undefined,
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, present)
  const data = allocate(encoding.dtype, count)
  for (let i = 0; i < count; i++) {
    const value = encoding.read(view, i * encoding.bytes)
    data[i] = value
    if (encoding.bytes > 1 && !fits(value, encoding.dtype))
      throw new OctetError(
        `${where}: ${complaint(value, encoding.dtype)} at [${position(i, shape).join(', ')}]`,
      )
  }
  return tensor(encoding.dtype, shape, data)
}

function readHeader(bytes: Uint8Array, where: string): Header {
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    throw new OctetError(`${where}: not an NPY file`, 'save the array with numpy.save')
  const [major] = bytes.subarray(MAGIC.length)
  if (major === undefined || major < 1 || major > 3)
    throw new OctetError(`${where}: NPY format version ${major ?? 'missing'} is not supported`)
  const begin = MAGIC.length + (major === 1 ? 4 : 6)
  if (bytes.length < begin) throw new OctetError(`${where}: its header is cut short`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = major === 1 ? view.getUint16(MAGIC.length + 2, true) : view.getUint32(MAGIC.length + 2, true)
  const start = begin + length
  if (bytes.length < start) throw new OctetError(`${where}: its header is cut short`)
  const text = Array.from(bytes.subarray(begin, start), (code) => String.fromCharCode(code)).join('')
  return { ...readDictionary(text, where), start }
}

/** The header is a Python dictionary literal with three keys, in any order. */
function readDictionary(text: string, where: string): Omit<Header, 'start'> {
  const description = /'descr':\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1]
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1]
  if (order === undefined || sizes === undefined) throw new OctetError(`${where}: its header is damaged`)
  const encoding = ENCODINGS.get(description ?? '')
  if (description === undefined || encoding === undefined)
    throw new OctetError(
      `${where}: dtype ${description ?? 'with fields'} is not supported`,
      `save it as one of ${[...ENCODINGS.keys()].join(', ')}`,
    )
  if (order === 'True')
    throw new OctetError(`${where}: it is in Fortran order`, 'save numpy.ascontiguousarray of it')
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
  if (!Number.isSafeInteger(elements(shape)))
    throw new OctetError(`${where}: [${shape.join(', ')}] is too large`)
  return { description, encoding, shape }
}

function fits(value: number, dtype: NpyDType): boolean {
  return dtype === 'float32'
    ? Number.isFinite(Math.fround(value))
    : value >= -INT32_LIMIT && value < INT32_LIMIT
}

function complaint(value: number, dtype: NpyDType): string {
  return Number.isFinite(value) ? `${value} does not fit ${dtype}` : String(value)
}

/** Index along each axis of element `i`. */
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
