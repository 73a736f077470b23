import { closeSync, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { elements, OctetError, tensor, type Shape, type Tensor } from '@octet/core'
import { unreadable } from '../file.ts'
import type { NpyDType } from './format.ts'
import { HEADER_BYTES, isNpy, readHeader, type Header } from './header.ts'
import { requireBytes, valuesOf } from './read.ts'

/**
 * The rows of an NPY file in C order, which are read on demand. A file may have any size: only the requested rows are
 * in memory.
 */
export class NpyRows {
  readonly #path: string
  readonly #header: Header
  readonly #seen: Stats

  /**
   * Undefined for a file that is not NPY or that cannot be read in parts.
   * @throws OctetError as `parseNpy` does.
   */
  static open(path: string): NpyRows | undefined {
    // With numbers, Node would no longer resolve symbolic links in `require` after it met a pipe.
    if (statSync(path, { throwIfNoEntry: false, bigint: true })?.isFile() !== true) return undefined
    return withFile(path, (file, seen) => {
      const begin = readAt(file, 0, Math.min(HEADER_BYTES, seen.size))
      if (!isNpy(begin)) return undefined
      const header = readHeader(begin, path)
      if (header.fortran || header.shape.length === 0) return undefined
      requireBytes(header, seen.size, path)
      return new NpyRows(path, header, seen)
    })
  }

  private constructor(path: string, header: Header, seen: Stats) {
    this.#path = path
    this.#header = header
    this.#seen = seen
  }

  get shape(): Shape {
    return this.#header.shape
  }

  get dtype(): NpyDType {
    return this.#header.encoding.dtype
  }

  /**
   * Rows [start, start + count).
   * @throws OctetError for a value that does not fit, or for a file that changed.
   */
  read(start: number, count: number): Tensor<NpyDType> {
    const { encoding, shape, start: offset } = this.#header
    const each = elements(shape.slice(1))
    const bytes = withFile(this.#path, (file, found) => {
      if (!isSame(found, this.#seen))
        throw new OctetError(`${this.#path} changed while it was in use`, 'run again when nothing writes it')
      const size = each * encoding.bytes
      return readAt(file, offset + start * size, count * size)
    })
    const values = valuesOf(this.#header, bytes, this.#path, start * each)
    return tensor(encoding.dtype, [count, ...shape.slice(1)], values)
  }
}

/** The file is open for one reading only, because the reader may stop at any time. */
function withFile<T>(path: string, use: (file: number, found: Stats) => T): T {
  try {
    const file = openSync(path, 'r')
    try {
      return use(file, fstatSync(file))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs
}

/** Reads `length` bytes, or fewer at the end of the file. */
function readAt(file: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let filled = 0; filled < length;) {
    const read = readSync(file, bytes, filled, length - filled, at + filled)
    if (read === 0) return bytes.subarray(0, filled)
    filled += read
  }
  return bytes
}
