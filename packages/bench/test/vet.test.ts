import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Check, isDevice, type KernelDevice, precisionOf } from '@octet/core'
import { conformanceCases, randomCases } from '@octet/core/conformance'
import { describe, expect, test, vi } from 'vitest'
import { openDevices } from '../src/discover/devices.ts'
import { hostOf } from '../src/discover/host.ts'
import { discoverKernels, type Discovery } from '../src/discover/kernels.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { sample } from '../src/vet/sample.ts'
import type { Vetting } from '../src/vet/vet.ts'
import { SILENT, StreamReporter } from '../src/show/reporter.ts'
import { temporaryFolder } from './folder.ts'
import { cellsOf, on } from './little-sweep.ts'

const HOST = { runtime: 'node', adapter: 'auto' } as const
/**
 * How long a package may be silent in the stage that it hangs in. All other stages have the patience of the sweep,
 * which no load reaches.
 */
const SHORT_MS = 1000
const LONG_MS = 20 * 60_000
const TRIED = ['Gemm', 'Clip', 'Reshape'] as const
const CASES = sample(randomCases({ ops: TRIED })).filter(({ spec }) => precisionOf(spec) !== 'fp16')
/** In the order in which they are tried. */
const OPS = CASES.map(({ spec }) => `${spec.op} ${precisionOf(spec)}`)
const INT8_GEMM = CASES.find(({ spec }) => spec.op === 'Gemm' && precisionOf(spec) === 'int8')!

/** Statements that a package runs where the name says; `steps` are what it submits. */
interface Misdeeds {
  readonly import?: string
  readonly adapters?: string
  readonly open?: string
  readonly submit?: string
  readonly time?: string
  readonly dispose?: string
  readonly supports?: string
}

/** The reference under another id, with something wrong in it. */
function packageThat(id: string, misdeeds: Misdeeds): string {
  const { submit = '', time = '', dispose = '', open = '', adapters = '', supports = '' } = misdeeds
  return `
import { openReference, precisionOf } from '@octet/core'
const never = new Promise(() => {})
const ops = (steps) => steps.map(({ op: { spec } }) => spec.op + ' ' + precisionOf(spec))
${misdeeds.import ?? ''}
function device() {
  const reference = openReference()
  return Object.assign(Object.create(reference), {
    info: { ...reference.info, id: 'host', name: 'a host' },
    submit: async (steps) => { await reference.submit(steps); ${submit} },
    time: async (steps, repeats) => { ${time}; return reference.time(steps, repeats) },
    supports: (spec) => { ${supports}; return true },
    dispose: async () => { ${dispose} },
  })
}
export default {
  id: '${id}',
  contract: 1,
  adapters: async () => { ${adapters}; return [] },
  open: async (host) => { ${open}; return device() },
}
`
}

/** A workspace of packages by id. */
function workspace(packages: Record<string, string>): string {
  const root = temporaryFolder()
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n')
  mkdirSync(join(root, 'node_modules', '@octet'), { recursive: true })
  symlinkSync(join(workspaceRoot(), 'packages', 'core'), join(root, 'node_modules', '@octet', 'core'))
  for (const [id, source] of Object.entries(packages)) {
    const folder = join(root, 'packages', id)
    mkdirSync(folder, { recursive: true })
    const manifest = { name: `@some/${id}`, type: 'module', octet: { kernels: './index.js' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(folder, 'index.js'), source)
  }
  return root
}

interface Trial extends Discovery {
  readonly checks: readonly Check[]
  /** What was tried, in order. */
  readonly stages: readonly string[]
  /** The device of a package, or why there is none. */
  readonly opened: ReadonlyMap<string, KernelDevice | string>
}

/** Discovers the packages of a workspace, each tried, and opens all that are found. */
async function discover(root: string, change: Partial<Vetting> = {}): Promise<Trial> {
  const checks: Check[] = []
  const stages: string[] = []
  const { found, faults } = await discoverKernels([root], {
    host: HOST,
    asks: ['adapters'],
    cases: CASES,
    cache: join(root, 'cache'),
    onStage: (words) => stages.push(words),
    reporter: SILENT,
    onWithheld: (check) => checks.push(check),
    ...change,
  })
  const opened = new Map<string, KernelDevice | string>()
  for (const { kernels } of found) {
    const device = await kernels.open(HOST)
    opened.set(kernels.id, isDevice(device) ? device : `${device.unavailable}. ${device.mend}`)
  }
  return { found, faults, checks, stages, opened }
}

/** Short for one stage: none of the packages at hand comes out of it. */
function shortIn(
  stage: 'import' | 'adapters()' | 'open()' | 'dispose()' | typeof INT8_GEMM,
): Partial<Vetting> {
  const name = typeof stage === 'string' ? stage : stage.name
  return {
    patience: (at) => ((typeof at === 'string' ? at : at.case) === name ? SHORT_MS : LONG_MS),
  }
}

/** Discovers packages that hang, those of each stage by themselves, and packages that do not. */
async function discoverAll(
  groups: readonly (readonly [Parameters<typeof shortIn>[0] | undefined, Record<string, Misdeeds>])[],
): Promise<Trial> {
  const trials = await Promise.all(
    groups.map(([stage, packages]) =>
      discover(
        workspace(
          Object.fromEntries(Object.entries(packages).map(([id, what]) => [id, packageThat(id, what)])),
        ),
        stage && shortIn(stage),
      ),
    ),
  )
  return {
    found: trials.flatMap(({ found }) => found),
    faults: trials.flatMap(({ faults }) => faults),
    checks: trials.flatMap(({ checks }) => checks),
    stages: trials.flatMap(({ stages }) => stages),
    opened: new Map(trials.flatMap(({ opened }) => Array.from(opened))),
  }
}

const INT8 = "if (ops(steps).includes('Gemm int8'))"

/** What is said of a stage that hangs. On a machine that is busy what waits may look as if it blocked. */
function hung(what: string): RegExp {
  return new RegExp(`${what} (has not settled after|blocks its process: it was stopped after) 1 s`)
}

/** The misdeeds without what is said of them. */
function only<Id extends string>(packages: Record<Id, readonly [Misdeeds, unknown]>): Record<Id, Misdeeds> {
  const entries = Object.entries<readonly [Misdeeds, unknown]>(packages)
  return Object.fromEntries(entries.map(([id, [what]]) => [id, what])) as Record<Id, Misdeeds>
}

describe('a fault of one op is reported by package, op and precision, and only that op is withheld', async () => {
  const misdeeds = {
    blocks: [{ submit: `${INT8} for (;;);` }, /it blocks its process: it was stopped after 1 s/],
    waits: [{ submit: `${INT8} await never` }, hung('it')],
    throws: [{ submit: `${INT8} throw new Error('no such shader')` }, /no such shader/],
    differs: [
      { submit: `${INT8} new Uint8Array(steps[0].output.storage)[2] ^= 1` },
      /1 of \d+ elements differ; element 2 is/,
    ],
    dies: [{ submit: `${INT8} process.kill(process.pid, 'SIGSEGV')` }, /it ends its process \(SIGSEGV\)/],
    exits: [{ submit: `${INT8} process.exit(3)` }, /it ends its process \(exit code 3\)/],
    'throws-later': [
      { submit: `${INT8} { setTimeout(() => { throw new Error('too late') }); await never }` },
      /it ends its process \(exit code 1\)/,
    ],
    'is-lost': [
      {
        submit: `${INT8} globalThis.lost = true; if (globalThis.lost) throw new Error('device lost')`,
        open: 'globalThis.lost = false',
      },
      /device lost/,
    ],
    'cannot-say': [
      { supports: "if (spec.op === 'Gemm' && precisionOf(spec) === 'int8') throw new Error('what?')" },
      /supports\(\) throws: what\?/,
    ],
    'cannot-time': [{ time: `${INT8} throw new Error('no clock')` }, /time\(\) throws: no clock/],
    'blocks-in-time': [{ time: `${INT8} for (;;);` }, /it blocks its process/],
  } satisfies Record<string, readonly [Misdeeds, RegExp]>
  const { blocks, waits, 'blocks-in-time': blocksInTime, ...others } = only(misdeeds)
  const { faults, checks, opened } = await discoverAll([
    [INT8_GEMM, { blocks, waits, 'blocks-in-time': blocksInTime }],
    [undefined, others],
  ])

  test.each(Object.entries(misdeeds))('%s', (id, [, how]) => {
    const [told, ...others] = checks.filter(({ subject }) => subject === id)
    expect(others).toEqual([])
    expect(told.detail).toContain(`Gemm int8 is not used, as it fails conformance (${INT8_GEMM.name}: `)
    expect(told.detail).toMatch(how)
    expect(told.mend).toBe(
      `Fix it, or decline it in supports(); octet kernels --kernels ${id} --op Gemm tries every case`,
    )
    const device = opened.get(id) as KernelDevice
    for (const { spec } of CASES)
      expect(device.supports(spec)).toEqual(
        spec === INT8_GEMM.spec ? { reason: expect.stringMatching(how) as string } : true,
      )
  })

  test('nothing else is wrong', () => expect(faults).toEqual([]))
})

test('a notice that a package gives while it is tried, or later, is said once', async () => {
  const said = vi.fn<(line: string) => void>()
  const reporter = new StreamReporter({
    isTTY: false,
    columns: 80,
    write: (text: string) => (said(text), true),
  })
  const root = workspace({ cold: packageThat('cold', { open: "host.warn('its cache is cold')" }) })
  const trial = { host: hostOf(reporter), cases: CASES.slice(0, 1), cache: join(root, 'cache'), reporter }
  const { found, faults } = await discoverKernels([root], trial)
  expect(faults).toEqual([])
  expect(said.mock.calls).toEqual([['octet: its cache is cold\n']])
  expect(isDevice(await found[0].kernels.open(trial.host))).toBe(true)
  expect(said).toHaveBeenCalledTimes(1)
})

describe('a fault of a whole package is reported by package, and the others are found', async () => {
  const MEND = '. Fix the package, or take "octet" out of its package.json; octet doctor tries it again'
  const unimported = {
    'import-blocks': [{ import: 'for (;;);' }, /^its import blocks its process: it was stopped after 1 s$/],
    'import-waits': [{ import: 'await never' }, hung('its import')],
    'import-exits': [{ import: 'process.exit(0)' }, /^its import ends its process \(exit code 0\)$/],
    'import-throws': [
      { import: "throw new Error('no driver')" },
      /^its entry cannot be imported: no driver$/,
    ],
  } satisfies Record<string, readonly [Misdeeds, RegExp]>
  const unopened = {
    'open-blocks': [{ open: 'for (;;);' }, 'its open() blocks its process: it was stopped after 1 s'],
    'open-waits': [{ open: 'await never' }, hung('its open\\(\\)')],
    'open-dies': [
      { open: "console.error('driver: bad handle'); process.abort()" },
      'its open() ends its process (SIGABRT)',
    ],
    'adapters-wait': [{ adapters: 'await never' }, hung('its adapters\\(\\)')],
    'adapters-throw': [{ adapters: "throw new Error('no loader')" }, 'its adapters() throws: no loader'],
    'dispose-waits': [{ dispose: 'await never' }, hung('its dispose\\(\\)')],
    'opens-nothing': [
      { open: 'return undefined' },
      'its open() yields neither a device nor { unavailable, mend }',
    ],
    'opens-half': [
      { open: "return { info: { id: 'half' }, supports: () => true }" },
      'its open() yields a device without byteLength(), alloc(), write(), read(), prepare()',
    ],
    'all-die': [
      { submit: 'process.exit(1)' },
      `it hangs or ends its process in ${OPS.slice(0, 3).join(', ')}; nothing after that was tried`,
    ],
  } satisfies Record<string, readonly [Misdeeds, string | RegExp]>
  const {
    'import-blocks': importBlocks,
    'import-waits': importWaits,
    'open-blocks': openBlocks,
    'open-waits': openWaits,
    'adapters-wait': adaptersWait,
    'dispose-waits': disposeWaits,
    ...others
  } = only({ ...unimported, ...unopened, good: [{}, ''] })
  const { found, faults, opened } = await discoverAll([
    ['import', { 'import-blocks': importBlocks, 'import-waits': importWaits }],
    ['open()', { 'open-blocks': openBlocks, 'open-waits': openWaits }],
    ['adapters()', { 'adapters-wait': adaptersWait }],
    ['dispose()', { 'dispose-waits': disposeWaits }],
    [undefined, others],
  ])

  test.each(Object.entries(unimported))('%s', (id, [, said]) => {
    expect(faults.find((one) => one.package === `@some/${id}`)?.fault).toMatch(said)
  })

  test.each(Object.entries(unopened))('%s', (id, [, said]) => {
    const why = opened.get(id) as string
    if (typeof said === 'string') expect(why.startsWith(said)).toBe(true)
    else expect(why).toMatch(said)
    expect(why.endsWith(MEND)).toBe(true)
  })

  test('the others are found and open', () => {
    expect(found.map(({ kernels }) => kernels.id).toSorted()).toEqual(
      [...Object.keys(unopened), 'good'].toSorted(),
    )
    expect((opened.get('good') as KernelDevice).info.id).toBe('host')
  })
})

test('a sweep over packages at fault comes to its end, with each fault where it shows', async () => {
  const { found } = await discoverAll([
    [undefined, { good: {} }],
    [INT8_GEMM, { 'op-waits': { submit: `${INT8} await never` } }],
    ['open()', { 'open-waits': { open: 'await never' } }],
  ])
  const { open, missing } = await openDevices(
    found.map(({ kernels }) => kernels),
    HOST,
    { strict: false, reporter: SILENT },
  )
  const cells = await cellsOf(open, {}, missing)
  const inWords = cells.map(({ kernels, precision, status, latency, fallbackOps }) =>
    [kernels, precision, latency === undefined ? status : 'timed', ...fallbackOps].join(' '),
  )
  expect(inWords.toSorted()).toEqual([
    'good fp32 timed',
    'good int8 timed',
    'op-waits fp32 timed',
    'op-waits int8 timed hidden classes',
    'open-waits fp32 skipped',
    'open-waits int8 skipped',
  ])
  expect(on(cells, 'open-waits')[0].reason).toMatch(hung('its open\\(\\)'))
})

describe('outcomes', () => {
  test('one without a fault is kept until the package changes', async () => {
    const root = workspace({ good: packageThat('good', {}) })
    expect((await discover(root)).stages.at(-1)).toBe('dispose()')
    expect((await discover(root)).stages).toEqual([])
    expect((await discover(root, { fresh: true })).stages).toContain(INT8_GEMM.name)
    writeFileSync(join(root, 'packages', 'good', 'index.js'), packageThat('good', { open: '1' }))
    expect((await discover(root)).stages).toContain(INT8_GEMM.name)
  })

  test('a hang is kept, as it takes long to see; what is thrown may pass, and is tried again', async () => {
    const waiting = workspace({ bad: packageThat('bad', { submit: `${INT8} await never` }) })
    const { checks } = await discover(waiting, shortIn(INT8_GEMM))
    const again = await discover(waiting, shortIn(INT8_GEMM))
    expect(again.stages).toEqual([])
    expect(again.checks).toEqual(checks)
    const throwing = workspace({ bad: packageThat('bad', { submit: `${INT8} throw new Error('oh')` }) })
    await discover(throwing)
    expect((await discover(throwing)).stages).toContain(INT8_GEMM.name)
  })

  test('a device that is not the one tried is tried before it is trusted', async () => {
    const root = workspace({
      good: packageThat('good', {
        open: 'return Object.assign(device(), { info: { ...device().info, driver: process.env.DRIVER } })',
      }),
    })
    process.env['DRIVER'] = '1'
    await discover(root)
    expect((await discover(root)).stages).toEqual([])
    process.env['DRIVER'] = '2'
    const { stages, opened } = await discover(root)
    delete process.env['DRIVER']
    expect(stages).toContain(INT8_GEMM.name)
    expect((opened.get('good') as KernelDevice).info.driver).toBe('2')
  })

  test('packages that are not wanted are imported and no more', async () => {
    const root = workspace({
      good: packageThat('good', {}),
      other: packageThat('other', { open: 'for (;;);' }),
    })
    const { found } = await discoverKernels([root], {
      reporter: SILENT,
      host: HOST,
      cases: CASES,
      wanted: ['good'],
      cache: join(root, 'cache'),
    })
    expect(found.map(({ kernels }) => kernels.id)).toEqual(['good', 'other'])
  })

  test('where only hangs are withheld a wrong result is left for the survey to show', async () => {
    const root = workspace({
      differs: packageThat('differs', { submit: `${INT8} new Uint8Array(steps[0].output.storage)[2] ^= 1` }),
      exits: packageThat('exits', { submit: `${INT8} process.exit(3)` }),
    })
    const { checks } = await discover(root, { withhold: 'falls' })
    expect(checks.map(({ subject }) => subject)).toEqual(['exits'])
  })
})

test('a sample has one case for every op and precision of the kit', () => {
  const kernels = (cases: readonly { spec: Parameters<typeof precisionOf>[0] }[]): string[] =>
    [...new Set(cases.map(({ spec }) => `${spec.op} ${precisionOf(spec)}`))].toSorted()
  const all = kernels(conformanceCases())
  const chosen = sample(randomCases())
  expect(kernels(chosen)).toEqual(all)
  // Grouped Conv is apart.
  expect(chosen.length).toBeLessThan(all.length + 6)
})
