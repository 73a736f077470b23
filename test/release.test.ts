import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const LONG = process.env['OCTET_TESTS'] === 'long'

function versionsIn(folder: string, files: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    files.map((file) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, string>
      return [name, version]
    }),
  )
}

test('a changeset gives all packages the next version, and the changed package its sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'octet-release-'))
  const manifests = execFileSync(
    'git',
    ['ls-files', ':(glob)packages/*/package.json', ':(glob)apps/*/package.json'],
    {
      encoding: 'utf8',
    },
  )
    .trim()
    .split('\n')
  for (const file of [...manifests, 'package.json', 'pnpm-workspace.yaml', '.changeset/config.json']) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    cpSync(file, join(folder, file))
  }
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: folder })
  writeFileSync(
    join(folder, '.changeset/brave-grid.md'),
    "---\n'@octet/core': minor\n---\n\nA new calibrator, by name.\n",
  )
  execFileSync(process.execPath, [resolve('node_modules/@changesets/cli/bin.js'), 'version'], {
    cwd: folder,
    stdio: 'pipe',
  })
  const [before, after] = [versionsIn('.', manifests), versionsIn(folder, manifests)]
  const [now] = Object.values(before)
  const [major, minor] = now.split('.').map(Number)
  const next = `${major}.${minor + 1}.0`
  expect(after).toEqual(Object.fromEntries(Object.keys(before).map((name) => [name, next])))
  const log = readFileSync(join(folder, 'packages/core/CHANGELOG.md'), 'utf8')
  expect(log).toContain(`## ${next}`)
  expect(log).toContain('A new calibrator, by name.')
})

/** A folder with the tarball of an empty package. */
function tarballOf(manifest: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'octet-tarball-'))
  mkdirSync(join(folder, 'package'))
  writeFileSync(join(folder, 'package/package.json'), JSON.stringify(manifest))
  execFileSync('tar', ['-czf', join(folder, 'one.tgz'), '-C', folder, 'package'])
  return folder
}

function publish(
  folder: string,
  registry = 'http://127.0.0.1:9',
): Promise<{ said: string; failed: boolean }> {
  const env = {
    ...process.env,
    npm_config_registry: registry,
    [`npm_config_${registry.replace(/^http:/, '')}/:_authToken`]: 'none',
  }
  return new Promise((done) => {
    execFile(process.execPath, ['ci/publish.mjs', folder], { env }, (error, stdout, stderr) =>
      done({ said: stdout + stderr, failed: error !== null }),
    )
  })
}

const MANIFEST = { name: '@octet/empty', version: '0.1.0' }

test('nothing is published while a manifest names no repository, and nothing from an empty folder', async () => {
  const nowhere = { ...MANIFEST, repository: { url: 'git+https://octet.invalid/octet.git' } }
  const refused = await publish(tarballOf(nowhere))
  expect(refused.said).toContain('@octet/empty: the field repository leads nowhere')
  expect(refused.failed).toBe(true)
  const empty = await publish(mkdtempSync(join(tmpdir(), 'octet-empty-')))
  expect(empty.said).toContain('holds no tarball')
  expect(empty.failed).toBe(true)
})

describe.skipIf(!LONG)(
  `publishing${LONG ? '' : ' (skipped: npm takes seconds; run with --mode long)'}`,
  () => {
    test('a release is published once, to the registry that npm is set to', async () => {
      const published: string[] = []
      const server = createServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          const isThere = published.length > 0
          if (request.method === 'PUT') published.push(Buffer.concat(chunks).toString('utf8'))
          const status = request.method === 'PUT' || isThere ? 200 : 404
          const versions = {
            [MANIFEST.version]: { ...MANIFEST, dist: { tarball: 'http://127.0.0.1:9/none' } },
          }
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(
            JSON.stringify(
              status === 404
                ? { error: 'not found' }
                : { ...MANIFEST, 'dist-tags': { latest: MANIFEST.version }, versions },
            ),
          )
        })
      })
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      try {
        const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const folder = tarballOf({ ...MANIFEST, repository: { url: 'git+https://example.org/octet.git' } })
        expect(await publish(folder, registry)).toEqual({
          said: '@octet/empty@0.1.0 is published\n',
          failed: false,
        })
        expect(await publish(folder, registry)).toEqual({
          said: '@octet/empty@0.1.0 is on the registry\n',
          failed: false,
        })
        expect(published).toHaveLength(1)
        expect(JSON.parse(published[0])).toMatchObject({ name: '@octet/empty', access: 'public' })
      } finally {
        server.close()
      }
    })
  },
)
