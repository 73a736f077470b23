import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { copyExample, manifestOf } from './examples.ts'

const EXAMPLES = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test.each(EXAMPLES)('%s has a README, is on the list, and depends on packages of this repository', (name) => {
  expect(readFileSync(join('examples', name, 'README.md'), 'utf8')).toContain('npm install')
  expect(readFileSync(join('examples', 'README.md'), 'utf8')).toContain(`](${name})`)
  const dependencies = Object.entries(manifestOf(name).dependencies)
  expect(dependencies.length).toBeGreaterThan(0)
  for (const [dependency, range] of dependencies) {
    expect(existsSync(dependency.replace('@octet/', 'packages/')), dependency).toBe(true)
    expect(range).toBe('latest')
  }
})

test('what two examples share is the same file', () => {
  const read = (file: string): string => readFileSync(join('examples', file), 'utf8')
  expect(read('sensor-csv/model.js')).toBe(read('web-page/model.js'))
  expect(read('sensor-csv/normalize.json')).toBe(read('your-model/normalize.json'))
  expect(read('web-page/normalize.json')).toBe(read('your-model/normalize.json'))
  expect(read('sensor-csv/model_int8.onnx')).toBe(read('web-page/public/model_int8.onnx'))
})

test.each(['tensor', 'stream'])('%s prints what its README shows', (name) => {
  const folder = copyExample(name)
  const [, shown] = /^```text\n([^]*?)^```/m.exec(readFileSync(join(folder, 'README.md'), 'utf8'))!
  expect(execFileSync(process.execPath, ['index.js'], { cwd: folder, encoding: 'utf8' })).toBe(shown)
})

describe('sensor-csv', () => {
  /** Runs the example on a file. `until` waits for a line and returns the lines up to it. */
  function start(folder: string): { readonly until: (last: string) => Promise<string[]> } {
    const child = spawn(process.execPath, ['index.js', 'r.csv'], { cwd: folder })
    onTestFinished(() => void child.kill())
    let said = ''
    const heard = (part: Buffer): void => void (said += part.toString())
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    const lines = (): string[] => said.split('\n').filter((line) => line !== '')
    return {
      until: (last) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (lines().includes(last)) resolve(lines())
          }
          child.stdout.on('data', look)
          child.stderr.on('data', look)
          child.on('exit', (code) => reject(new Error(`it ends with ${code}: ${said}`)))
          look()
        }),
    }
  }

  test('answers each row of a CSV when the row is whole, and names a line that is none', async () => {
    const folder = copyExample('sensor-csv')
    const file = join(folder, 'r.csv')
    const { until } = start(folder)
    writeFileSync(
      file,
      'date,precipitation,temp_max,temp_min,wind\n2026-01-01,7.5,8.0,2.0,3.2\n2026-07-01,0,25',
    )
    expect(await until('2026-01-01: rain')).toEqual(['2026-01-01: rain'])
    appendFileSync(file, '.0,15.0,3.2\nbroken\n')
    const broken = 'r.csv: this line is not a date and four numbers: broken'
    expect(await until(broken)).toEqual(expect.arrayContaining(['2026-07-01: sun', broken]))
    writeFileSync(file, '2026-01-02,12,8.8,2.8,3.2\n')
    expect(await until('2026-01-02: rain')).toHaveLength(4)
  })
})
