import { inflateRawSync } from 'node:zlib'
import { OctetError, type Tensor } from '@octet/core'
import type { NpyDType } from './format.ts'
import { parseNpy } from './read.ts'

/** The records of a ZIP archive: their bytes without names, and their signatures (APPNOTE.TXT 6.3.10, 4.3). */
const LOCAL = { bytes: 30, signature: 0x04034b50 } as const
const CENTRAL = { bytes: 46, signature: 0x02014b50 } as const
const END = { bytes: 22, signature: 0x06054b50 } as const
/** The longest comment behind the end record. */
const COMMENT = 0xffff
/** The value of a size or offset that a ZIP64 record holds instead. */
const ELSEWHERE = 0xffffffff
const STORED = 0
const DEFLATED = 8
/** The most arrays in a file, and the most bytes that they may unpack to in total. */
const MOST_ARRAYS = 1024
const MOST_BYTES: number = 2 ** 31 - 1

const SAVE_AGAIN = 'save the arrays again with numpy.savez'

/** An array of the archive, still packed. */
interface Entry {
  readonly name: string
  readonly method: number
  readonly packed: number
  readonly unpacked: number
  readonly at: number
}

/** Whether bytes begin like an archive. */
export function isNpz(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === LOCAL.signature
}

/**
 * Reads an NPZ file: the arrays of `numpy.savez` and `numpy.savez_compressed` by their names, stored or deflated. The
 * archive states the unpacked sizes; they are limits, and their sum is checked before anything is unpacked.
 * @param where names the file in messages
 * @throws OctetError if the file is not such an archive, or if `parseNpy` cannot read one of its arrays.
 */
export function parseNpz(bytes: Uint8Array, where: string): ReadonlyMap<string, Tensor<NpyDType>> {
  const entries = entriesOf(bytes, where)
  const total = entries.reduce((sum, { unpacked }) => sum + unpacked, 0)
  if (total > MOST_BYTES)
    throw new OctetError(
      `${where}: it unpacks to ${total} bytes, the most is ${MOST_BYTES}`,
      'save fewer samples',
    )
  const arrays = new Map<string, Tensor<NpyDType>>()
  for (const entry of entries) {
    const name = entry.name.replace(/\.npy$/, '')
    if (arrays.has(name)) throw new OctetError(`${where}: it holds "${name}" twice`, SAVE_AGAIN)
    arrays.set(name, parseNpy(contentOf(bytes, entry, where), `${where}: ${name}`))
  }
  return arrays
}

function entriesOf(bytes: Uint8Array, where: string): Entry[] {
  const view = viewOf(bytes)
  const end = endOf(view)
  if (end === undefined) throw new OctetError(`${where}: not an NPZ file, or cut short`, SAVE_AGAIN)
  const count = view.getUint16(end + 10, true)
  if (count > MOST_ARRAYS)
    throw new OctetError(`${where}: it holds ${count} arrays, the most is ${MOST_ARRAYS}`, SAVE_AGAIN)
  const entries: Entry[] = []
  let at = view.getUint32(end + 16, true)
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL.bytes > end || view.getUint32(at, true) !== CENTRAL.signature) throw damaged(where)
    const [packed, unpacked, place] = [20, 24, 42].map((field) => view.getUint32(at + field, true))
    const [length, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true))
    if ([packed, unpacked, place].includes(ELSEWHERE))
      throw new OctetError(`${where}: it has arrays of 4 GiB or more`, 'save fewer samples')
    const from = at + CENTRAL.bytes
    if (from + length > end) throw damaged(where)
    const name = new TextDecoder().decode(bytes.subarray(from, from + length))
    entries.push({ name, method: view.getUint16(at + 10, true), packed, unpacked, at: place })
    at = from + length + extra + comment
  }
  return entries
}

/** The offset of the end record: the last position that looks like one. */
function endOf(view: DataView): number | undefined {
  const last = view.byteLength - END.bytes
  for (let at = last; at >= Math.max(0, last - COMMENT); at--)
    if (view.getUint32(at, true) === END.signature) return at
  return undefined
}

function contentOf(
  bytes: Uint8Array,
  { name, method, packed, unpacked, at }: Entry,
  where: string,
): Uint8Array {
  const view = viewOf(bytes)
  if (at + LOCAL.bytes > bytes.length || view.getUint32(at, true) !== LOCAL.signature) throw damaged(where)
  const from = at + LOCAL.bytes + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
  if (from + packed > bytes.length) throw damaged(where)
  const content = bytes.subarray(from, from + packed)
  if (method === STORED && packed === unpacked) return content
  if (method !== DEFLATED)
    throw new OctetError(
      `${where}: "${name}" is packed in a way that is not supported (${method})`,
      SAVE_AGAIN,
    )
  try {
    const whole = inflateRawSync(content, { maxOutputLength: Math.max(1, unpacked) })
    if (whole.length === unpacked) return whole
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  throw damaged(where)
}

function damaged(where: string): OctetError {
  return new OctetError(`${where}: the archive is damaged`, SAVE_AGAIN)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
