import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly os?: readonly string[]; readonly cpu?: readonly string[] }>
  >
}

const { packages } = parse(readFileSync('pnpm-lock.yaml', 'utf8')) as Lockfile
const binaries = Object.entries(packages).filter(([, { os, cpu }]) => os !== undefined && cpu !== undefined)
/** Tools that come as one binary per platform. Their packages share this scope or stem. */
const TOOLS = [
  '@turbo/',
  '@oxlint/',
  '@oxfmt/',
  '@oxlint-tsgolint/',
  '@typescript/',
  '@rolldown/',
  'lightningcss-',
]

test.each(TOOLS)('the lockfile holds %s binaries for Linux, macOS and Windows', (tool) => {
  const systems = new Set(binaries.filter(([name]) => name.startsWith(tool)).flatMap(([, { os }]) => os))
  for (const system of ['linux', 'darwin', 'win32']) expect(systems).toContain(system)
})

test('no tool has binaries for Linux alone', () => {
  const systems = new Map<string, Set<string>>()
  for (const [name, { os }] of binaries) {
    const stem = name.replace(/(linux|darwin|win(32|dows)|android|freebsd).*/, '')
    systems.set(stem, new Set([...(systems.get(stem) ?? []), ...os!]))
  }
  expect([...systems].filter(([, found]) => found.size === 1 && found.has('linux'))).toEqual([])
})

/** The file of pnpm itself. pnpm sets this variable for the programs that it runs. */
const pnpm = process.env['npm_execpath']
const isPnpm = pnpm !== undefined && /pnpm/.test(pnpm)

test.skipIf(!isPnpm)(
  `a new package adds its own lines and takes them away with it${isPnpm ? '' : ' (skipped: not run by pnpm)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'octet-lockfile-'))
    const manifests = ['packages', 'apps'].flatMap((group) =>
      readdirSync(group).map((name) => `${group}/${name}/package.json`),
    )
    for (const file of [
      'package.json',
      'pnpm-workspace.yaml',
      'pnpm-lock.yaml',
      ...manifests.filter(existsSync),
    ])
      cpSync(file, join(folder, file))
    const lock = (): string[] => {
      const args = [pnpm!, 'install', '--lockfile-only', '--no-frozen-lockfile', '--offline']
      // pnpm is a separate program, or a script for Node.
      const [program, ...rest] = /\.[cm]?js$/.test(pnpm!) ? [process.execPath, ...args] : args
      execFileSync(program, rest, { cwd: folder, stdio: 'pipe' })
      return readFileSync(join(folder, 'pnpm-lock.yaml'), 'utf8').split('\n')
    }
    const before = readFileSync('pnpm-lock.yaml', 'utf8').split('\n')
    cpSync('packages/kernels-template/package.json', join(folder, 'packages/kernels-mine/package.json'))
    const grown = lock()
    const added = grown
      .slice(grown.indexOf('  packages/kernels-mine:'))
      .slice(0, grown.length - before.length)
    expect(added[0]).toBe('  packages/kernels-mine:')
    expect(grown.join('\n').replace(`${added.join('\n')}\n`, '')).toBe(before.join('\n'))
    rmSync(join(folder, 'packages/kernels-mine'), { recursive: true })
    expect(lock()).toEqual(before)
  },
)
