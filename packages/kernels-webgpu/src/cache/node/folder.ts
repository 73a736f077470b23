import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { OctetError } from '@octet/core'

/** Written last: size and CRC-32 of every other file. */
const RECORD = 'unpacked.json'

type Checks = Record<string, readonly [bytes: number, crc: number]>

/** The system's error codes for a place that cannot be written. */
const UNWRITABLE: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'EEXIST',
])

/**
 * A folder of the cache that holds what `unpack` puts into it, unpacked once. One that is cut short, empty or
 * otherwise not as it was unpacked is replaced. Processes may race: each unpacks into a folder of its own and renames
 * it into place, and what killed ones left behind is removed.
 * @throws OctetError where the cache cannot be written; what `unpack` throws.
 */
export async function unpackedFolder(folder: string, unpack: (into: string) => Promise<void>): Promise<void> {
  if (await isWhole(folder)) return
  const cache = dirname(folder)
  let fresh: string | undefined
  try {
    await mkdir(cache, { recursive: true })
    await removeLeftovers(folder)
    fresh = await mkdtemp(`${folder}.${process.pid}.partial-`)
    await unpack(fresh)
    await writeFile(join(fresh, RECORD), JSON.stringify(await checksOf(fresh)), { flush: true })
    await place(fresh, folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined || !UNWRITABLE.has(code)) throw error
    throw new OctetError(
      `the cache folder ${cache} cannot be written (${code})`,
      'make it writable, or set XDG_CACHE_HOME to a folder that is',
    )
  } finally {
    if (fresh !== undefined) await rm(fresh, { recursive: true, force: true })
  }
}

/** Whether every file that was unpacked is as it was. */
async function isWhole(folder: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as Checks
    const entries = Object.entries(record)
    for (const [name, [bytes, crc]] of entries) {
      const content = await readFile(join(folder, name))
      if (content.length !== bytes || crc32(content) !== crc) return false
    }
    return entries.length > 0
  } catch {
    return false
  }
}

async function checksOf(folder: string): Promise<Checks> {
  const record: Checks = {}
  for (const name of await readdir(folder)) {
    const content = await readFile(join(folder, name))
    record[name] = [content.length, crc32(content)]
  }
  return record
}

/** How often another process may be quicker, with a folder that a third one takes away again. */
const MOST_RACES = 50

/** Renames into place; a damaged folder goes first, and a whole one that another process was quicker with stays. */
async function place(fresh: string, folder: string): Promise<void> {
  const old = `${fresh}-old`
  for (let race = 1; !(await isWhole(folder)); race++)
    try {
      await rename(folder, old).catch(() => undefined)
      await rename(fresh, folder)
      return
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (!TAKEN.has(code) || race === MOST_RACES) throw error
    } finally {
      await rm(old, { recursive: true, force: true })
    }
}

/** The system's error codes for a name that exists already. */
const TAKEN: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'])

/** Removes the unfinished folders of ended processes. */
async function removeLeftovers(folder: string): Promise<void> {
  const start = `${basename(folder)}.`
  for (const name of await readdir(dirname(folder))) {
    const [, id] = /^(\d+)\.partial-/.exec(name.startsWith(start) ? name.slice(start.length) : '') ?? []
    if (id !== undefined && !lives(Number(id)))
      await rm(join(dirname(folder), name), { recursive: true, force: true })
  }
}

function lives(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
