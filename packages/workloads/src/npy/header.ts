import { elements, OctetError, type Shape } from '@octet/core'
import { encodingOf, MAGIC, READABLE, type Encoding } from './format.ts'
import { LiteralFault, parseLiteral, type Literal } from './literal.ts'

/** The header of an NPY file. */
export interface Header {
  /** The dtype string in the file. */
  readonly description: string
  readonly encoding: Encoding
  /** Whether the values are little-endian. */
  readonly little: boolean
  /** Whether the first index runs fastest. */
  readonly fortran: boolean
  readonly shape: Shape
  /** The offset of the values. */
  readonly start: number
}

const KEYS: readonly string[] = ['descr', 'fortran_order', 'shape']
const SAVE_AGAIN = 'save the array again with numpy.save'
/** NumPy's own limits: the characters of a header, and the dimensions of an array. */
const LONGEST = 10_000
/** The number of bytes that contain the header of any file. */
export const HEADER_BYTES: number = MAGIC.length + 6 + LONGEST
const MOST_DIMENSIONS = 64

/** Whether bytes begin like an NPY file. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte)
}

/** @throws OctetError naming `where` if the bytes do not begin like an NPY file of format version 1.0, 2.0 or 3.0. */
export function readHeader(bytes: Uint8Array, where: string): Header {
  if (!isNpy(bytes)) throw new OctetError(`${where}: not an NPY file`, 'save the array with numpy.save')
  const [major] = bytes.subarray(MAGIC.length)
  if (major === undefined || major < 1 || major > 3)
    throw new OctetError(`${where}: NPY format version ${major ?? 'missing'} is not supported`, SAVE_AGAIN)
  const begin = MAGIC.length + (major === 1 ? 4 : 6)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length =
    bytes.length < begin ? Infinity : major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const start = begin + length
  if (bytes.length < start)
    throw new OctetError(`${where}: its header is cut short`, 'the file is cut short: copy or save it again')
  if (length > LONGEST)
    throw new OctetError(`${where}: its header has ${length} bytes, the most is ${LONGEST}`, SAVE_AGAIN)
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(begin, start))
  return { ...readDictionary(text, where), start }
}

/** The header is a Python dictionary literal with three keys, in any order. */
function readDictionary(text: string, where: string): Omit<Header, 'start'> {
  const literal = parseLiteral(text)
  if (literal instanceof LiteralFault) {
    const found = text.slice(literal.at).trim().slice(0, 20)
    throw new OctetError(
      `${where}: its header is damaged at byte ${literal.at}${found === '' ? '' : ` ("${found}")`}`,
      SAVE_AGAIN,
    )
  }
  const fields = fieldsOf(literal, where)
  const { descr, fortran_order: order, shape: sizes } = fields
  if (order.kind !== 'bool')
    throw new OctetError(`${where}: fortran_order of its header is neither True nor False`, SAVE_AGAIN)
  return { ...dtypeOf(descr, where), fortran: order.value, shape: shapeOf(sizes, where) }
}

function fieldsOf(literal: Literal, where: string): Record<'descr' | 'fortran_order' | 'shape', Literal> {
  if (literal.kind !== 'dict')
    throw new OctetError(
      `${where}: its header is damaged: it is a ${literal.kind}, not a dictionary`,
      SAVE_AGAIN,
    )
  const fields = new Map<string, Literal>()
  for (const [key, value] of literal.entries) {
    const name = key.kind === 'string' ? key.value : `of kind ${key.kind}`
    if (!KEYS.includes(name))
      throw new OctetError(`${where}: its header has a key "${name}"`, `only ${KEYS.join(', ')} belong there`)
    if (fields.has(name)) throw new OctetError(`${where}: its header gives "${name}" twice`, SAVE_AGAIN)
    fields.set(name, value)
  }
  const missing = KEYS.find((key) => !fields.has(key))
  if (missing !== undefined)
    throw new OctetError(`${where}: its header is damaged: it has no "${missing}"`, SAVE_AGAIN)
  return {
    descr: fields.get('descr')!,
    fortran_order: fields.get('fortran_order')!,
    shape: fields.get('shape')!,
  }
}

function dtypeOf(descr: Literal, where: string): Pick<Header, 'description' | 'encoding' | 'little'> {
  const description = descr.kind === 'string' ? descr.value : 'with fields'
  const read = descr.kind === 'string' ? encodingOf(descr.value) : undefined
  if (read === undefined)
    throw new OctetError(`${where}: dtype ${description} is not supported`, `save it as one of ${READABLE}`)
  return { description, ...read }
}

function shapeOf(sizes: Literal, where: string): Shape {
  const shape =
    sizes.kind === 'tuple' ? sizes.items.map((size) => (size.kind === 'int' ? size.value : NaN)) : undefined
  if (shape === undefined || !shape.every((size) => size >= 0))
    throw new OctetError(`${where}: shape of its header is no tuple of sizes`, SAVE_AGAIN)
  if (shape.length > MOST_DIMENSIONS)
    throw new OctetError(
      `${where}: it has ${shape.length} dimensions, the most is ${MOST_DIMENSIONS}`,
      SAVE_AGAIN,
    )
  if (![...shape, elements(shape)].every(Number.isSafeInteger))
    throw new OctetError(`${where}: [${shape.join(', ')}] is too large`, SAVE_AGAIN)
  return shape
}
