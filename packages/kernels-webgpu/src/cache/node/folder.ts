import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { OctetError } from '@octet/core'

/** The file that is written last: size and CRC-32 of every other file. */
const RECORD = 'unpacked.json'

type Checks = Record<string, readonly [bytes: number, crc: number]>

/** The system's error codes for a place that is not writable. */
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
 * A folder of the cache whose files `unpack` writes once. A folder that is cut short, empty or changed since is
 * replaced. Processes may race: each unpacks into its own folder and renames it into place. Folders that killed
 * processes left behind are removed.
 * @throws OctetError if the cache cannot be written. Any error that `unpack` throws.
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

/** Whether every unpacked file is unchanged. */
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

/** How often another process may be faster while a third process removes its folder again. */
const MOST_RACES = 50

/** Renames the folder into place. A damaged folder is removed first. A whole folder from a faster process stays. */
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

/** The system's error codes for a name that already exists. */
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
