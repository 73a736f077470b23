import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type Constants,
  type KernelDevice,
  openReference,
  type OpSpec,
  OctetError,
  overlay,
  referencePackage,
} from '@octet/core'
import { describe, expect, test } from 'vitest'
import { chooseKernels, openDevices } from '../src/discover/devices.ts'
import { discoverKernels } from '../src/discover/kernels.ts'
import { packageRoots } from '../src/discover/roots.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { SILENT } from '../src/show/reporter.ts'
import { temporaryFolder } from './folder.ts'

/** Writes a workspace of these files. */
function workspace(files: Record<string, string>): string {
  const root = temporaryFolder()
  const all = { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n', ...files }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function manifest(name: string, kernels: unknown = './index.js'): string {
  return JSON.stringify({ name, type: 'module', octet: { kernels } })
}

const CLIP = `
const info = {
  id: 'host', name: 'host', vendor: '', architecture: '', backend: 'js', driver: '',
  software: true, features: [], modes: {},
}
const open = async () => ({ info, supports: () => ({ reason: 'not yet' }), dispose: async () => {} })
export default { id: 'clip-only', contract: 1, open }
`

describe('discovery', () => {
  test('finds a package by its package.json alone, and leaves packages without kernels alone', async () => {
    const root = workspace({
      'packages/a/package.json': manifest('@scratch/clip'),
      'packages/a/index.js': CLIP,
      'packages/b/package.json': JSON.stringify({ name: 'plain' }),
      'elsewhere/c/package.json': manifest('outside'),
    })
    const { found, faults } = await discoverKernels([root])
    expect(found.map(({ name, kernels }) => [name, kernels.id])).toEqual([['@scratch/clip', 'clip-only']])
    expect(faults).toEqual([])
  })

  test('finds the direct dependencies of a project, its tools among them, and each package once', async () => {
    const project = workspace({
      'pnpm-workspace.yaml': 'packages: []\n',
      'package.json': JSON.stringify({
        dependencies: { 'octet-kernels-clip': '1', plain: '1', '@scratch/absent': '1' },
        devDependencies: { '@scratch/broken': '1' },
      }),
      'node_modules/octet-kernels-clip/package.json': manifest('octet-kernels-clip'),
      'node_modules/octet-kernels-clip/index.js': CLIP,
      'node_modules/plain/package.json': JSON.stringify({ name: 'plain' }),
      'node_modules/@scratch/broken/package.json': manifest('@scratch/broken'),
      'node_modules/indirect/package.json': manifest('indirect'),
    })
    const { found, faults } = await discoverKernels([project, project])
    expect(found.map(({ name }) => name)).toEqual(['octet-kernels-clip'])
    expect(faults.map((one) => one.package)).toEqual(['@scratch/broken'])
  })

  test('reads the workspaces of npm', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'libraries', 'clip'), { recursive: true })
    writeFileSync(join(root, 'package.json'), JSON.stringify({ workspaces: ['libraries/*'] }))
    writeFileSync(join(root, 'libraries', 'clip', 'package.json'), manifest('clip'))
    writeFileSync(join(root, 'libraries', 'clip', 'index.js'), CLIP)
    expect((await discoverKernels([root])).found.map(({ name }) => name)).toEqual(['clip'])
  })

  test('looks at the program, and then at the project that it was started in', () => {
    const project = workspace({ 'package.json': '{}', 'deep/down/file': '' })
    expect(packageRoots(join(project, 'deep', 'down'))).toEqual([workspaceRoot(), project])
    expect(packageRoots(workspaceRoot())).toEqual([workspaceRoot()])
  })

  test('reads every pattern of the workspace, exclusions too', async () => {
    const root = workspace({
      'pnpm-workspace.yaml': "packages:\n  - 'extra/**'\n  - '!extra/old/*'\n",
      'extra/deep/down/package.json': manifest('deep'),
      'extra/deep/down/index.js': CLIP,
      'extra/old/one/package.json': manifest('old'),
    })
    expect((await discoverKernels([root])).found.map(({ name }) => name)).toEqual(['deep'])
  })

  test('names each broken package with what is wrong, and still finds the others', async () => {
    const broken: Record<string, readonly [string, RegExp]> = {
      'no-entry': ['', /is \.\/index\.js, which is not there: build the package/],
      'no-default': ['export const kernels = 1', /has no default export that is a kernel package/],
      'old-contract': [
        "export default { id: 'x', contract: 0, open() {} }",
        /its contract is 0, and this octet speaks 1/,
      ],
      'no-open': ["export default { id: 'x', contract: 1 }", /it has no open\(\)/],
      'no-id': ['export default { contract: 1, open() {} }', /its id is not a word/],
      throws: ["throw new Error('first line\\nsecond line')", /cannot be imported: first line$/],
      syntax: ['export default {', /cannot be imported/],
      reserved: ["export default { id: 'reference', contract: 1, open() {} }", /its id "reference" is taken/],
      'z-twice': [CLIP, /its id "clip-only" is taken/],
    }
    const files: Record<string, string> = {
      'packages/good/package.json': manifest('good'),
      'packages/good/index.js': CLIP,
      'packages/not-json/package.json': '{',
      'packages/path/package.json': manifest('path', 7),
    }
    for (const [name, [source]] of Object.entries(broken)) {
      files[`packages/${name}/package.json`] = manifest(name)
      if (source !== '') files[`packages/${name}/index.js`] = source
    }
    const { found, faults } = await discoverKernels([workspace(files)])
    expect(found.map(({ name }) => name)).toEqual(['good'])
    const said = new Map(faults.map((one) => [one.package, one.fault]))
    for (const [name, [, words]] of Object.entries(broken)) expect(said.get(name)).toMatch(words)
    expect(said.get('path')).toMatch(/is not a path/)
    expect(said.get('packages/not-json')).toMatch(/its package.json is not JSON/)
    expect(faults).toHaveLength(Object.keys(broken).length + 2)
  })

  test('this checkout is a workspace, and a folder outside any is not', () => {
    expect(workspaceRoot()).toBe(dirname(dirname(dirname(import.meta.dirname))))
    expect(() => workspaceRoot(join(temporaryFolder(), 'file'))).toThrow(OctetError)
  })
})

describe('devices', () => {
  const host = { runtime: 'node', adapter: 'auto' } as const
  const absent = {
    id: 'absent',
    contract: 1,
    open: async () => ({ unavailable: 'no adapter', mend: 'install a driver' }),
  } as const
  const discovery = {
    found: [{ name: 'x', folder: 'x', entry: 'x/index.js', kernels: absent }],
    faults: [{ package: 'y', fault: 'it is broken' }],
  }

  test('packages are chosen by id, the reference among them; an unknown id names the known and the broken', () => {
    expect(chooseKernels(discovery, undefined)).toEqual([absent])
    expect(chooseKernels(discovery, ['reference'])).toEqual([referencePackage])
    expect(() => chooseKernels(discovery, ['y'])).toThrow('there are no kernels "y"')
  })

  test('where no package has a device the reference steps in, and the reason is kept', async () => {
    const { open, missing } = await openDevices([absent], host, { strict: false, reporter: SILENT })
    expect(open.map(({ kernels }) => kernels)).toEqual(['reference'])
    expect(missing).toEqual([{ kernels: 'absent', reason: 'no adapter', mend: 'install a driver' }])
  })

  test('where the first device is enough, no package after it is opened', async () => {
    const calls: string[] = []
    const open = async (id: string): Promise<KernelDevice> => {
      calls.push(id)
      return openReference()
    }
    const one = { ...referencePackage, id: 'one', open: () => open('one') }
    const two = { ...referencePackage, id: 'two', open: () => open('two') }
    const some = await openDevices([absent, one, two], host, { strict: false, first: true, reporter: SILENT })
    expect(some.open.map(({ kernels }) => kernels)).toEqual(['one'])
    expect(calls).toEqual(['one'])
  })

  test('a package whose open() throws is unavailable, with what it threw', async () => {
    const throwing = { ...absent, open: () => Promise.reject(new Error('driver crashed')) }
    const { missing } = await openDevices([throwing], host, { strict: false, reporter: SILENT })
    expect(missing[0].reason).toBe('its open() failed: driver crashed')
  })

  test('a device is probed as it opens: one whose INT8 arithmetic is not exact is named, and says so', async () => {
    const lines: string[] = []
    const reporter = { ...SILENT, log: (line: string) => void lines.push(line) }
    const reference = openReference()
    // One unit in the last place of Add's last factor: as near as another rounding is.
    const near = overlay(reference, {
      prepare: (spec: OpSpec, constants: Constants) =>
        reference.prepare(
          spec,
          constants.kind === 'int-add'
            ? { ...constants, inverseScale: constants.inverseScale * (1 + 2 ** -22) }
            : constants,
        ),
    })
    const packages = [referencePackage, { ...absent, id: 'near', open: async () => near }]
    const { open } = await openDevices(packages, host, { strict: false, reporter })
    const [exact, inexact] = open.map(({ device }) => device.info.modes['arithmetic'])
    expect(exact).toBe('exact')
    expect(inexact).toMatch(/^inexact: Add int8: /)
    expect(lines).toEqual([
      expect.stringMatching(/^near\/reference computes no accuracy, .* not exact: Add int8: /),
    ])
  })

  test('a device that was asked for by name is not replaced', async () => {
    await expect(openDevices([absent], host, { strict: true, reporter: SILENT })).rejects.toThrow(
      'absent: no adapter',
    )
  })
})
