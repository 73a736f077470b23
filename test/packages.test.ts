import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { printed, snippetsOf } from './snippets.ts'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly files?: readonly string[]
  readonly repository?: { readonly url: string; readonly directory: string }
  readonly [field: string]: unknown
}

const PACKAGES = ['packages', 'apps']
  .flatMap((group) => readdirSync(group).map((name) => join(group, name)))
  .map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest,
  }))
const PUBLIC = PACKAGES.filter(({ manifest }) => manifest.private !== true)

/** Fields that every package must have if it may be published. */
const FIELDS = ['version', 'description', 'license', 'files', 'type', 'sideEffects', 'engines']
/** Packages whose README shows a command instead of a program. */
const COMMANDS = new Set(['packages/bench', 'packages/kernels-template'])

test('all packages but the documentation may be published, from one repository and with one version', () => {
  expect(PACKAGES.filter((one) => !PUBLIC.includes(one)).map(({ folder }) => folder)).toEqual(['apps/docs'])
  expect(new Set(PUBLIC.map(({ manifest }) => manifest.repository?.url)).size).toBe(1)
  expect(new Set(PUBLIC.map(({ manifest }) => manifest['version'])).size).toBe(1)
})

describe.each(PUBLIC)('$folder', ({ folder, manifest }) => {
  test('says what it is, what it holds and where it comes from', () => {
    for (const field of FIELDS) expect(manifest, field).toHaveProperty(field)
    expect(manifest.repository?.directory).toBe(folder)
    expect(manifest.name).toMatch(/^@octet\//)
  })

  test('publishes no whole folder in which other packages are installed, as theirs would be published with it', () => {
    const folders = manifest.files?.filter((entry) => existsSync(join(folder, entry, 'package.json')))
    expect(folders).toEqual([])
  })

  test('has pages whose links stay in the package, because a tarball has nothing else', () => {
    const pages = (manifest.files ?? []).filter((entry) => entry.endsWith('.md'))
    const left = ['README.md', ...pages].flatMap((page) =>
      [...readFileSync(join(folder, page), 'utf8').matchAll(/\]\(([^()\s]+)\)/g)]
        .map(([, target]) => target)
        .filter((target) => !/^(\w+:|#)/.test(target))
        .filter((target) => relative(folder, join(folder, dirname(page), target)).startsWith('..'))
        .map((target) => `${page}: ${target}`),
    )
    expect(left).toEqual([])
  })

  test('has a README whose programs print what it shows', () => {
    const page = join(folder, 'README.md')
    expect(existsSync(page)).toBe(true)
    const snippets = snippetsOf(page)
    if (!COMMANDS.has(folder)) expect(snippets.length).toBeGreaterThan(0)
    for (const { code, output } of snippets) expect(printed(code, folder)).toBe(output)
  })
})
