import { readFile, readdir, truncate, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cached, defaultCacheDir } from '../src/cache.ts'
import { temporaryFolder } from './temporary.ts'

const BYTES = Uint8Array.of(1, 2, 3, 4, 5)

function producer(): { produce: () => Promise<Uint8Array>; calls: () => number } {
  const produce = vi.fn(async () => BYTES)
  return { produce, calls: () => produce.mock.calls.length }
}

describe('a cached value', () => {
  it('is made once', async () => {
    const folder = await temporaryFolder()
    const { produce, calls } = producer()
    for (let time = 0; time < 2; time++)
      expect([...(await cached('key-1', produce, folder))]).toStrictEqual([...BYTES])
    expect(calls()).toBe(1)
  })

  it('is made again for another key', async () => {
    const folder = await temporaryFolder()
    const { produce, calls } = producer()
    await cached('key-1', produce, folder)
    await cached('key-2', produce, folder)
    expect(calls()).toBe(2)
  })

  it.each([
    ['cut short', (path: string) => truncate(path, 14)],
    ['empty', (path: string) => truncate(path, 0)],
    [
      'altered',
      async (path: string) => {
        const bytes = await readFile(path)
        bytes[bytes.length - 1] ^= 1
        await writeFile(path, bytes)
      },
    ],
    ['something else', (path: string) => writeFile(path, 'not a cache entry at all')],
  ])('is made again, and mended, when its file is %s', async (_, damage) => {
    const folder = await temporaryFolder()
    const { produce, calls } = producer()
    await cached('key', produce, folder)
    await damage(join(folder, 'key.bin'))
    for (let time = 0; time < 2; time++)
      expect([...(await cached('key', produce, folder))]).toStrictEqual([...BYTES])
    expect(calls()).toBe(2)
  })

  it('is just made where no cache can be written', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    const { produce, calls } = producer()
    for (let time = 0; time < 2; time++) expect(await cached('key', produce, join(file, 'below'))).toBe(BYTES)
    expect(calls()).toBe(2)
  })

  it('may be made by several at once, who leave one whole entry and nothing else', async () => {
    const folder = join(await temporaryFolder(), 'not', 'there', 'yet')
    const { produce } = producer()
    const all = await Promise.all(Array.from({ length: 8 }, () => cached('key', produce, folder)))
    for (const bytes of all) expect([...bytes]).toStrictEqual([...BYTES])
    expect(await readdir(folder)).toStrictEqual(['key.bin'])
    expect([...(await cached('key', () => Promise.reject(new Error('made again')), folder))]).toStrictEqual([
      ...BYTES,
    ])
  })

  it('whose making fails is not kept', async () => {
    const folder = await temporaryFolder()
    await expect(cached('key', () => Promise.reject(new Error('no data')), folder)).rejects.toThrow('no data')
    expect(await readdir(folder)).toStrictEqual([])
  })
})

describe('the default cache folder', () => {
  afterEach(() => vi.unstubAllEnvs())

  it.each([
    ['/somewhere/cache', '/somewhere/cache/octet'],
    ['relative/is/ignored', join(homedir(), '.cache/octet')],
    ['', join(homedir(), '.cache/octet')],
  ])('for XDG_CACHE_HOME "%s" is %s', (base, expected) => {
    vi.stubEnv('XDG_CACHE_HOME', base)
    expect(defaultCacheDir()).toBe(expected)
  })
})
