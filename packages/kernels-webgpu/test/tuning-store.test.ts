import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { addChoices, tuningFile } from '../src/tune/node/store.ts'
import { SHIPPED } from '../src/tune/shipped.ts'
import { NO_CHOICES, parseTable, withChoices, type Choices } from '../src/tune/table.ts'

/** A tuning cache in a folder that is not there yet, and what it takes notice of. */
function newFile() {
  const warn = vi.fn<(text: string) => void>()
  const folder = mkdtempSync(join(tmpdir(), 'octet-tuning-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'octet', 'tuning.json')
  return { path, file: tuningFile(warn, path), warn }
}

const A: Choices = { 'Conv a': { variant: 'tile 8x8', ratio: 1.5 } }
const B: Choices = { 'Gemm b': { variant: 'direct', ratio: 1 } }

test('choices survive, device by device, and what others added meanwhile is kept', async () => {
  const { path, file, warn } = newFile()
  expect(await file.read()).toEqual(NO_CHOICES)
  await addChoices(file, 'gpu', A)
  await addChoices(file, 'gpu', B)
  await addChoices(file, 'other', A)
  expect((await file.read()).devices).toEqual({ gpu: { ...A, ...B }, other: A })
  expect(readdirSync(dirname(path))).toEqual(['tuning.json'])
  expect(warn).not.toHaveBeenCalled()
})

test('a later choice replaces an earlier one, and of very many the oldest go', () => {
  const later: Choices = { 'Conv a': { variant: 'direct', ratio: 1 } }
  expect(withChoices(withChoices(NO_CHOICES, 'gpu', A), 'gpu', later).devices['gpu']).toEqual(later)
  const many = Object.fromEntries(Array.from({ length: 4096 }, (_, i) => [`bucket ${i}`, B['Gemm b']]))
  const full = withChoices(withChoices(NO_CHOICES, 'gpu', A), 'gpu', many)
  expect(Object.keys(full.devices['gpu'])).toHaveLength(4096)
  expect(full.devices['gpu']).not.toHaveProperty('Conv a')
})

test.each([
  '{"format":1,"devices":{"gpu":{"Conv',
  '[]',
  '{"format":2,"devices":{"gpu":{"a":{"variant":3}}}}',
  '{"format":2,"devices":{"gpu":{"a":{"variant":"x","ratio":1,"wrong":{"y":1}}}}}',
])('a damaged file, %s, is reported and replaced by an empty one', async (text) => {
  const { path, file, warn } = newFile()
  mkdirSync(dirname(path))
  writeFileSync(path, text)
  expect(await file.read()).toEqual(NO_CHOICES)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(NO_CHOICES)
  await addChoices(file, 'gpu', A)
  expect(warn).toHaveBeenCalledTimes(1)
  expect(warn).toHaveBeenCalledWith(expect.stringContaining(`${path} is damaged`))
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ format: 2, devices: { gpu: A } })
})

test.each([1, 3])(
  'a file of format %i, whose choices nobody judged so, is reported and replaced by an empty one',
  async (format) => {
    const { path, file, warn } = newFile()
    mkdirSync(dirname(path))
    writeFileSync(path, JSON.stringify({ format, devices: { gpu: A } }))
    expect(await file.read()).toEqual(NO_CHOICES)
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining(
        `has format ${format}, and this version of Octet uses format 2; Octet starts an empty one`,
      ),
    )
    await addChoices(file, 'gpu', B)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ format: 2, devices: { gpu: B } })
  },
)

test('a place that cannot be written is reported, and nothing fails', async () => {
  const { path, file, warn } = newFile()
  mkdirSync(dirname(dirname(path)), { recursive: true })
  writeFileSync(dirname(path), 'a file where the folder should be')
  await addChoices(file, 'gpu', A)
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('cannot be written'))
})

test('what is shipped is a table, of software adapters alone', () => {
  expect(parseTable(SHIPPED)).toBe(SHIPPED)
  for (const family of Object.keys(SHIPPED.devices))
    expect(family).toMatch(/^mesa \| software \||swiftshader/)
})
