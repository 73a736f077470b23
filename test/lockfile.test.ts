import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly os?: readonly string[]; readonly cpu?: readonly string[] }>
  >
}

const { packages } = parse(readFileSync('pnpm-lock.yaml', 'utf8')) as Lockfile
const binaries = Object.entries(packages).filter(([, { os, cpu }]) => os !== undefined && cpu !== undefined)
/** Tools that come as one binary for each platform, told by the scope or the stem that their packages share. */
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
