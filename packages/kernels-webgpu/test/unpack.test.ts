import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { unpackedFolder } from '../src/cache/node/folder.ts'
import { hasSwiftShader, unpackSwiftShader } from '../src/open/node/swiftshader.ts'

async function temporaryCache(): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'octet-unpack-'))
  onTestFinished(async () => rm(cache, { recursive: true, force: true }))
  return cache
}

/** Unpacks two files, and counts how often. */
function unpacker(): { unpack: (into: string) => Promise<void>; times: () => number } {
  let times = 0
  const unpack = async (into: string): Promise<void> => {
    times++
    await writeFile(join(into, 'driver'), 'x'.repeat(1000))
    await writeFile(join(into, 'manifest'), '{}')
  }
  return { unpack, times: () => times }
}

type Damage = (folder: string) => Promise<unknown>
const DAMAGES: readonly (readonly [string, Damage])[] = [
  ['cut short', async (folder) => truncate(join(folder, 'driver'), 500)],
  ['empty', async (folder) => truncate(join(folder, 'driver'), 0)],
  ['altered', async (folder) => writeFile(join(folder, 'driver'), `y${'x'.repeat(999)}`)],
  ['gone', async (folder) => rm(join(folder, 'manifest'))],
  ['a folder', async (folder) => rm(join(folder, 'driver')).then(async () => mkdir(join(folder, 'driver')))],
  ['without a record', async (folder) => rm(join(folder, 'unpacked.json'))],
  ['with an empty record', async (folder) => writeFile(join(folder, 'unpacked.json'), '')],
  ['with a record of nothing', async (folder) => writeFile(join(folder, 'unpacked.json'), '{}')],
  [
    'an empty folder',
    async (folder) => {
      await rm(folder, { recursive: true })
      await mkdir(folder)
    },
  ],
  [
    'a file in its place',
    async (folder) => {
      await rm(folder, { recursive: true })
      await writeFile(folder, '')
    },
  ],
]

describe('a folder of the cache', () => {
  test.each(DAMAGES)('that is %s heals, and leaves nothing else behind', async (_, damage) => {
    const cache = await temporaryCache()
    const folder = join(cache, 'driver-1')
    const { unpack, times } = unpacker()
    await unpackedFolder(folder, unpack)
    await damage(folder)
    await unpackedFolder(folder, unpack)
    expect(times()).toBe(2)
    expect(await readFile(join(folder, 'driver'), 'utf8')).toBe('x'.repeat(1000))
    expect((await readdir(folder)).toSorted()).toEqual(['driver', 'manifest', 'unpacked.json'])
    expect(await readdir(cache)).toEqual(['driver-1'])
    await unpackedFolder(folder, unpack)
    expect(times()).toBe(2)
  })

  test('is unpacked many times at once and whole in the end', async () => {
    const cache = await temporaryCache()
    const folder = join(cache, 'driver-1')
    for (let round = 0; round < 10; round++) {
      const { unpack } = unpacker()
      await Promise.all(Array.from({ length: 16 }, async () => unpackedFolder(folder, unpack)))
      expect(await readdir(cache)).toEqual(['driver-1'])
      expect((await readdir(folder)).toSorted()).toEqual(['driver', 'manifest', 'unpacked.json'])
      await truncate(join(folder, 'driver'), round)
    }
  })

  test('loses what killed processes left, and not what others write', async () => {
    const cache = await temporaryCache()
    const folder = join(cache, 'driver-1')
    // A process that has ended; the number may be given again, but not at once.
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    for (const name of [`driver-1.${pid}.partial-ab`, `driver-1.${process.pid}.partial-cd`, 'driver-2'])
      await mkdir(join(cache, name))
    await unpackedFolder(folder, unpacker().unpack)
    expect((await readdir(cache)).toSorted()).toEqual(
      ['driver-1', `driver-1.${process.pid}.partial-cd`, 'driver-2'].toSorted(),
    )
  })

  test('that is not unpacked to the end is not there', async () => {
    const cache = await temporaryCache()
    const folder = join(cache, 'driver-1')
    const stopped = unpackedFolder(folder, async (into) => {
      await writeFile(join(into, 'driver'), 'x')
      throw new Error('the archive is damaged')
    })
    await expect(stopped).rejects.toThrow('the archive is damaged')
    expect(await readdir(cache)).toEqual([])
  })

  test('is read where the cache cannot be written, and otherwise the cache is named with what to do', async () => {
    const cache = await temporaryCache()
    const folder = join(cache, 'file', 'driver-1')
    await writeFile(join(cache, 'file'), '')
    const refused = await unpackedFolder(folder, unpacker().unpack).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(OctetError)
    expect((refused as OctetError).message).toMatch(
      /^the cache folder .*file cannot be written \((ENOTDIR|EEXIST)\)$/,
    )
    expect((refused as OctetError).mend).toBe('make it writable, or set XDG_CACHE_HOME to a folder that is')
  })

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'that is read-only is used as it is, or named (skipped for root, whom no mode stops)',
    async () => {
      const cache = await temporaryCache()
      const { unpack, times } = unpacker()
      await unpackedFolder(join(cache, 'driver-1'), unpack)
      await chmod(cache, 0o555)
      await unpackedFolder(join(cache, 'driver-1'), unpack)
      expect(times()).toBe(1)
      await expect(unpackedFolder(join(cache, 'driver-2'), unpack)).rejects.toThrow(
        `the cache folder ${cache} cannot be written (EACCES)`,
      )
      await chmod(cache, 0o755)
    },
  )
})

describe.skipIf(!hasSwiftShader)('the embedded SwiftShader (skipped where it does not run)', () => {
  let cache = ''
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'octet-swiftshader-'))
    return async () => rm(cache, { recursive: true })
  })

  test.each([0, 100_000])('cut to %i bytes is unpacked again', async (bytes) => {
    const { manifest, loader } = await unpackSwiftShader(cache)
    const driver = join(manifest, '..', 'libvk_swiftshader.so')
    const sizes = async (): Promise<number[]> =>
      Promise.all([manifest, loader, driver].map(async (path) => (await stat(path)).size))
    const whole = await sizes()
    expect(whole[2]).toBeGreaterThan(1_000_000)
    for (const path of [manifest, loader, driver]) await truncate(path, Math.min(bytes, 50))
    await unpackSwiftShader(cache)
    expect(await sizes()).toEqual(whole)
    expect(await readdir(cache)).toHaveLength(1)
  })
})
