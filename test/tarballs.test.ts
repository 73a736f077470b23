import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packAll } from '../ci/release/pack.mjs'
import { bytesUnder, installAll, octetIn, writeSamples } from './tarballs.ts'

const long = process.env['OCTET_TESTS'] === 'long'

/** Files that every tarball has. */
const EVERYWHERE = ['package.json', 'README.md', 'LICENSE']
/** A file that a package is useless without. */
const HEART: Readonly<Record<string, string>> = {
  '@octet/report': 'dist/index.html',
  '@octet/cli': 'runtimes/package.json',
  '@octet/kernels-wasm': 'dist/modules.js',
  '@octet/kernels-template': 'src/index.ts',
  '@octet/workloads': 'models/mnist-cnn/model_fp32.onnx',
}
/** Packages without a module that a program imports. */
const WITHOUT_TYPES = new Set(['@octet/report', '@octet/cli', '@octet/kernels-template'])

describe.skipIf(!long)(
  `tarballs${long ? '' : ' (skipped: they take a minute; run with --mode long)'}`,
  () => {
    let tarballs: ReadonlyMap<string, string> = new Map()

    beforeAll(() => {
      tarballs = packAll(mkdtempSync(join(tmpdir(), 'octet-tarballs-')))
    })

    const filesOf = (tarball: string): string[] =>
      execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((path) => path.replace(/^package\//, ''))

    test('have a README, the licence, what they are for, and no build state', () => {
      expect(tarballs.size).toBeGreaterThan(8)
      for (const [name, tarball] of tarballs) {
        const files = filesOf(tarball)
        expect(files, name).toEqual(expect.arrayContaining([...EVERYWHERE, HEART[name] ?? 'dist/index.js']))
        expect(files.filter((file) => /tsbuildinfo|node_modules|\.turbo/.test(file))).toEqual([])
      }
    })

    test('hold the source that their source maps name', () => {
      for (const [name, tarball] of tarballs) {
        const files = new Set(filesOf(tarball))
        const maps = [...files].filter((file) => file.endsWith('.js.map'))
        const missing = maps.filter(
          (map) => !files.has(map.replace(/^dist/, 'src').replace(/\.js\.map$/, '.ts')),
        )
        expect(missing, name).toEqual([])
      }
    })

    test('pass publint', async () => {
      for (const [name, tarball] of tarballs) {
        const { buffer, byteOffset, byteLength } = readFileSync(tarball)
        const { messages, pkg } = await publint({
          pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
          // Its suggestions are matters of taste: bundlers read the field browser as well as conditions.
          level: 'warning',
          strict: true,
        })
        expect(
          messages.map((message) => formatMessage(message, pkg, { color: false })),
          name,
        ).toEqual([])
      }
    })

    test('have types that Node and bundlers find, by are-the-types-wrong', () => {
      for (const [name, tarball] of tarballs) {
        if (WITHOUT_TYPES.has(name)) continue
        const { status, stdout } = spawnSync(
          join('node_modules', '.bin', 'attw'),
          [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'],
          { encoding: 'utf8' },
        )
        expect(status, `${name}: ${stdout}`).toBe(0)
      }
    })

    test('installed in an empty folder: under 40 MB, and a model goes through bench, quantize and verify', () => {
      const app = installAll(tarballs, mkdtempSync(join(tmpdir(), 'octet-app-')))
      expect(bytesUnder(join(app, 'node_modules'))).toBeLessThan(40e6)
      const model = resolve('packages/workloads/models/weather-mlp/model_fp32.onnx')
      writeSamples(join(app, 'x.npy'), [64, 8], 0.618034)
      writeSamples(join(app, 'c.npy'), [64, 8], 0.414214)
      const samples = ['--eval', 'x.npy', '--calib', 'c.npy', '--normalize', 'none']
      const run = octetIn(app, 'bench', '--quick', '--no-report', '--workload', model, ...samples)
      expect(run.stderr).toContain('npm install --save-dev webgpu')
      expect(run.status, run.stderr).toBe(0)
      expect(run.stdout).toContain('Recommendation: ')
      const made = octetIn(app, 'quantize', model, ...samples, '--out', 'q.onnx')
      expect(made.status, made.stderr).toBe(0)
      const verified = octetIn(app, 'verify', 'q.onnx', '--runtime', 'octet')
      expect(verified.status, verified.stderr).toBe(0)
      expect(verified.stdout).toMatch(/(\d+) of \1 tensors are equal/)
      const inBrowser = octetIn(app, 'bench', '--host', 'browser', '--workload', model, ...samples)
      expect([inBrowser.status, inBrowser.stderr]).toEqual([
        2,
        expect.stringMatching(
          /^octet: the package \S+ is not installed[^\n]* npm install --save-dev \S+\n$/m,
        ),
      ])
    })
  },
)
