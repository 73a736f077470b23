import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runConformance } from '@octet/core/conformance'
import { describe, expect, test } from 'vitest'
import { chooseKernels, openDevices } from '../src/discover/devices.ts'
import { discoverKernels } from '../src/discover/kernels.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { PROBLEMS } from '../src/kernels/catalog.ts'
import { KERNEL_EFFORT } from '../src/kernels/race.ts'
import { surveyKernels } from '../src/kernels/survey.ts'
import { scaffoldKernels } from '../src/scaffold/kernels.ts'
import { inProject, inWorkspace } from '../src/scaffold/place.ts'
import { SILENT } from '../src/show/reporter.ts'
import { temporaryFolder } from './folder.ts'
import { cellsOf } from './little-sweep.ts'
import { refusal } from './session.ts'

const HOST = { runtime: 'node', adapter: 'auto' } as const
const CHECKOUT = workspaceRoot()
/** Long enough for any line that has it to be cut by the formatter. */
const NAME = 'a-name-as-long-as-any-that-a-package-will-ever-have'.slice(0, 49)

/** A workspace with the checkout's settings and tools, and no package. */
function emptyWorkspace(): string {
  const root = temporaryFolder()
  for (const file of [
    '.oxfmtrc.json',
    '.oxlintrc.json',
    'package.json',
    'pnpm-workspace.yaml',
    'tsconfig.base.json',
    'vitest.config.ts',
    'vitest.tally.ts',
    'vitest.temporary.ts',
  ])
    cpSync(join(CHECKOUT, file), join(root, file))
  for (const group of ['packages', 'apps']) mkdirSync(join(root, group))
  symlinkSync(join(CHECKOUT, 'node_modules'), join(root, 'node_modules'))
  return root
}

/** Links what a package depends on, as pnpm install does. */
function install(root: string, folder: string): void {
  const scope = join(root, folder, 'node_modules', '@octet')
  mkdirSync(scope, { recursive: true })
  symlinkSync(join(CHECKOUT, 'packages', 'core'), join(scope, 'core'))
}

describe('new-kernels', () => {
  test('what it writes builds, is typed, linted and formatted, passes its tests, is discovered and timed', async () => {
    const root = emptyWorkspace()
    const made = scaffoldKernels(inWorkspace(root), NAME)
    expect(made).toMatchObject({ package: `@octet/kernels-${NAME}`, folder: `packages/kernels-${NAME}` })
    for (const file of made.files)
      expect(readFileSync(join(root, made.folder, file), 'utf8')).not.toMatch(/template/)
    install(root, made.folder)
    const run = (tool: string, ...args: string[]): string => {
      const path = join(root, 'node_modules', '.bin', tool)
      const { status, stdout } = spawnSync(path, args, { cwd: root, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${tool} ${args.join(' ')} exits ${status}: ${stdout}`)
      return stdout
    }
    run('tsc', '-p', join(made.folder, 'tsconfig.json'))
    run('tsc', '-p', join(made.folder, 'test'))
    run('oxlint', '--type-aware', '--deny-warnings', join(made.folder, 'src'), join(made.folder, 'test'))
    run('oxfmt', '--check', made.folder)
    expect(run('vitest', 'run')).toContain('2 passed, 0 failed, 0 skipped')

    const discovery = await discoverKernels([root])
    expect(discovery).toMatchObject({ found: [{ name: made.package, kernels: { id: NAME } }], faults: [] })
    const [kernels] = chooseKernels(discovery, [NAME])
    const { results } = await runConformance(kernels, { host: HOST })
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(10)

    const { open } = await openDevices([kernels], HOST, { strict: true, reporter: SILENT })
    const selection = { precisions: ['fp32', 'int8'], variants: 'picked', peers: [] } as const
    const problems = PROBLEMS.filter(({ shape }) => shape === 'gemm 128x128x128')
    const effort = { ...KERNEL_EFFORT, rounds: 3, regionNs: 1e5 }
    const survey = await surveyKernels(open, { ...selection, problems }, SILENT, {
      own: effort,
      peers: effort,
    })
    expect(survey.conformance).toMatchObject([{ package: NAME, failed: [] }])
    expect(survey.kernels.map(({ op, precision }) => `${op} ${precision}`)).toEqual([
      'Gemm fp32',
      'Gemm int8',
    ])
    const cells = await cellsOf(open)
    // Whether times are stable is the machine's affair.
    expect(cells.map(({ precision, latency }) => [precision, latency === undefined])).toEqual([
      ['fp32', false],
      ['int8', false],
    ])
    for (const { fallbackOps } of cells) expect(fallbackOps).not.toContain('hidden')
  })

  test('in a project it runs as it is, on any Node, and its own settings build the same again', async () => {
    const root = temporaryFolder()
    const made = scaffoldKernels(inProject(root), NAME)
    expect(made).toMatchObject({ package: `octet-kernels-${NAME}`, folder: `kernels-${NAME}` })
    for (const file of made.files)
      expect(readFileSync(join(root, made.folder, file), 'utf8')).not.toMatch(/template|pnpm|workspace/)
    const dependencies = { [made.package]: `file:${made.folder}` }
    writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies }))
    mkdirSync(join(root, 'node_modules', '@octet'), { recursive: true })
    symlinkSync(join(CHECKOUT, 'packages', 'core'), join(root, 'node_modules', '@octet', 'core'))
    symlinkSync(join(root, made.folder), join(root, 'node_modules', made.package))
    const { found, faults } = await discoverKernels([root])
    expect([found.map(({ name, kernels }) => [name, kernels.id]), faults]).toEqual([
      [[made.package, NAME]],
      [],
    ])
    const built = (file: string): string => readFileSync(join(root, made.folder, 'dist', file), 'utf8')
    const delivered = built('gemm.js')
    const tsc = join(CHECKOUT, 'node_modules', '.bin', 'tsc')
    const { status, stdout } = spawnSync(tsc, ['-p', join(root, made.folder)], { encoding: 'utf8' })
    expect(status, stdout).toBe(0)
    expect(built('gemm.js')).toBe(delivered)
    expect(() => scaffoldKernels(inProject(root), 'wasm')).toThrow('has @octet/kernels-wasm already')
  })

  test('the walkthrough quotes what it writes', () => {
    const root = emptyWorkspace()
    const { folder, files } = scaffoldKernels(inWorkspace(root), 'fast')
    const trimmed = (text: string): string => text.replaceAll(/^\s+/gm, '')
    const sources = files.map((file) => trimmed(readFileSync(join(root, folder, file), 'utf8')))
    const page = readFileSync(join(CHECKOUT, 'docs', 'adding-kernels.md'), 'utf8')
    const quotes = [...page.matchAll(/^```ts\n(.+?)^```/gms)].map(([, quote]) => trimmed(quote))
    expect(quotes.length).toBeGreaterThan(3)
    for (const quote of quotes) expect(sources.filter((source) => source.includes(quote))).toHaveLength(1)
  })

  test.each([
    ['Fast', /"Fast" cannot be the name of a package\. give at most 50 lower-case letters/],
    ['two words', /cannot be the name/],
    ['../up', /cannot be the name/],
    ['double--dash', /cannot be the name/],
    ['a'.repeat(51), /cannot be the name/],
    ['kernels-fast', /give the name alone: octet new-kernels fast/],
    ['reference', /"reference" is the reference of @octet\/core\. choose another name/],
    ['template', /the workspace has @octet\/kernels-template already\. choose another name/],
  ])('%s is refused in one line', async (name, said) => {
    expect(await refusal('new-kernels', name)).toMatch(said)
  })

  test('a folder that is there is left alone', () => {
    const root = emptyWorkspace()
    mkdirSync(join(root, 'packages', 'kernels-fast'))
    writeFileSync(join(root, 'packages', 'kernels-fast', 'notes'), 'mine')
    expect(() => scaffoldKernels(inWorkspace(root), 'fast')).toThrow('packages/kernels-fast is there already')
    expect(readFileSync(join(root, 'packages', 'kernels-fast', 'notes'), 'utf8')).toBe('mine')
  })

  test('a package that has the name elsewhere in the workspace is not doubled', () => {
    const root = emptyWorkspace()
    mkdirSync(join(root, 'packages', 'elsewhere'))
    writeFileSync(
      join(root, 'packages', 'elsewhere', 'package.json'),
      JSON.stringify({ name: '@octet/kernels-fast' }),
    )
    expect(() => scaffoldKernels(inWorkspace(root), 'fast')).toThrow('has @octet/kernels-fast already')
  })
})
