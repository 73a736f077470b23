import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { writeWhole } from './whole.ts'

const MAGIC = Buffer.from('OCTETC1\n', 'latin1')
const HEADER_BYTES = MAGIC.length + 4

/** Octet's own folder under XDG_CACHE_HOME, or under ~/.cache if that is unset or relative (XDG Base Directory 0.8). */
export function defaultCacheDir(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'octet')
}

/**
 * The bytes in the cache under `key`. If there are none, `produce` makes the bytes, and the cache keeps them. The key
 * names the content's version: equal keys mean equal bytes. Entries have a CRC-32 and are renamed into place, so a
 * damaged, truncated or half-written entry counts as absent, and several processes may fill the cache at once. A cache
 * that cannot be read or written costs only the time of `produce`.
 */
export async function cached(
  key: string,
  produce: () => Promise<Uint8Array>,
  cacheDir: string = defaultCacheDir(),
): Promise<Uint8Array> {
  const path = join(cacheDir, `${key}.bin`)
  const kept = await read(path)
  if (kept !== undefined) return kept
  const bytes = await produce()
  await store(cacheDir, path, bytes)
  return bytes
}

async function read(path: string): Promise<Uint8Array | undefined> {
  const entry = await readFile(path).catch(() => undefined)
  if (entry === undefined || entry.length < HEADER_BYTES || !entry.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined
  const bytes = entry.subarray(HEADER_BYTES)
  return crc32(bytes) === entry.readUInt32LE(MAGIC.length) ? bytes : undefined
}

async function store(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(crc32(bytes), MAGIC.length)
  try {
    await mkdir(folder, { recursive: true })
    writeWhole(path, Buffer.concat([header, bytes]))
  } catch {
    // If nothing can be written, the next process produces the bytes again.
  }
}
