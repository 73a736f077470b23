import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const LONGEST_FILE = 400
const LONGEST_LINE = 120
const MEDIAN_FILE = 100
const GENERATED = /\/generated|tune\/shipped\.ts$/
const DOC = 'docs/architecture.md'
/** Folders of core's main road. Each imports only folders before it. */
const MAIN_ROAD =
  'tensor statistics numerics task ops model kernel reference calibrate execute quantize'.split(' ')

/** The files of some folders that people write, as [path, lines]. */
function written(folders: readonly string[], kind: RegExp): readonly (readonly [string, string[]])[] {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(group).map((name) => join(group, name)))
    .flatMap((place) => folders.map((folder) => join(place, folder)))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => kind.test(file) && !file.includes('generated'))
    .map((file) => [file, readFileSync(file, 'utf8').trimEnd().split('\n')] as const)
}

const sources = written(['src', 'assembly'], /\.ts$/)

test(`no file has more than ${LONGEST_FILE} lines, and the median source file has fewer than ${MEDIAN_FILE}`, () => {
  expect(sources.length).toBeGreaterThan(500)
  const all = written(['src', 'assembly', 'test', 'bench', 'experiments'], /\.(ts|css|mjs)$/)
  expect(all.filter(([, lines]) => lines.length > LONGEST_FILE).map(([file]) => file)).toEqual([])
  const lengths = sources.map(([, lines]) => lines.length).sort((a, b) => a - b)
  expect(lengths[lengths.length >> 1]).toBeLessThan(MEDIAN_FILE)
})

test(`no line of a script has more than ${LONGEST_LINE} characters, but for those of generated files`, () => {
  const { stdout } = spawnSync('git', ['ls-files', '*.ts', '*.mjs', '*.js'], { encoding: 'utf8' })
  const files = stdout.trim().split('\n')
  expect(files.length).toBeGreaterThan(1000)
  const long = files
    .filter((file) => existsSync(file) && !GENERATED.test(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, i) => (line.length > LONGEST_LINE ? [`${file}:${i + 1}`] : [])),
    )
  expect(long).toEqual([])
})

test("arrows between core's rooms point back along its main road, and none points to a room beside it", () => {
  const core = 'packages/core/src'
  const wrong = sources
    .filter(([file]) => file.startsWith(`${core}/`))
    .flatMap(([file, lines]) =>
      [...lines.join('\n').matchAll(/\bfrom '(\.[^']+)'/g)].map(([, to]) => [
        relative(core, file),
        relative(core, join(dirname(file), to)),
      ]),
    )
    .filter(([from, to]) => {
      const [room, imported] = [from, to].map((file) => file.split('/')[0])
      if (room === imported || !from.includes('/') || !to.includes('/')) return false
      const [at, before] = [room, imported].map((name) => MAIN_ROAD.indexOf(name))
      return before < 0 || (at >= 0 && at < before)
    })
  expect(wrong).toEqual([])
})

test('the drawings of the architecture are those of the code', () => {
  const { status, stderr } = spawnSync(process.execPath, ['docs/draw-architecture.mjs', '--check'], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('README.md lists the ops that the packages read and compute', () => {
  const { status, stderr } = spawnSync(process.execPath, ['docs/list-ops.mjs', '--check'], {
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
})

test('docs/results-file.md lists the fields of the schema', () => {
  const { status, stderr } = spawnSync(process.execPath, ['docs/list-fields.mjs', '--check'], {
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
})

test('the pictures and tables of docs/calibration-strategies.md are what core computes', () => {
  const { status, stderr } = spawnSync(process.execPath, ['docs/draw-calibration.mjs', '--check'], {
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
})

test('every file and folder that docs/architecture.md names is there', () => {
  const named = [...readFileSync(DOC, 'utf8').matchAll(/`((?:packages|apps|docs|test)\/[^`<*]*)`(?! \(new)/g)]
  for (const [, path] of named) expect(existsSync(path), path).toBe(true)
})
