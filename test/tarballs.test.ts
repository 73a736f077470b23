import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packAll } from '../ci/release/pack.mjs'
import { findBrowser } from '../apps/report/test/browser/find.ts'
import { tableOf } from './page.ts'
import { writeSamples } from './samples.ts'
import { bytesUnder, installAll, nodeOf, npmIn, runIn } from './tarballs.ts'

const long = process.env['OCTET_TESTS'] === 'long'

/** Files that every tarball must have. */
const EVERYWHERE = ['package.json', 'README.md', 'LICENSE']
/** A file without which a package is useless. */
const HEART: Readonly<Record<string, string>> = {
  '@octet/report': 'dist/index.html',
  '@octet/cli': 'runtimes/package.json',
  '@octet/kernels-wasm': 'dist/modules.js',
  '@octet/kernels-template': 'src/index.ts',
  '@octet/workloads': 'models/mnist-cnn/model_fp32.onnx',
}
const temporaryFolder = (prefix: string): string => mkdtempSync(join(tmpdir(), prefix))

/** Packages that the page of examples/web-page uses. */
const IN_PAGE = ['@octet/core', '@octet/kernels-wasm', '@octet/onnx']
/** The same computation as the page of examples/web-page, in Node. */
const NODE_PAGE = [
  `import { readFileSync } from 'node:fs'`,
  `import { openModel } from './web-page/model.js'`,
  `const json = (file) => JSON.parse(readFileSync('web-page/' + file, 'utf8'))`,
  `const file = readFileSync('web-page/public/model_int8.onnx')`,
  `const run = await openModel(file, json('normalize.json'), 'node')`,
  `for (const { date, readings } of json('days.json')) console.log(date, (await run(readings)).join(' '))`,
  'process.exit()',
].join('; ')

/** Packages without a module for programs to import. */
const WITHOUT_TYPES = new Set(['@octet/report', '@octet/kernels-template'])

describe.skipIf(!long)(
  `tarballs${long ? '' : ' (skipped: they take a minute; run with --mode long)'}`,
  () => {
    let tarballs: ReadonlyMap<string, string> = new Map()

    beforeAll(() => {
      tarballs = packAll(temporaryFolder('octet-tarballs-'))
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
          // The suggestions are matters of taste: bundlers read the field `browser` as well as conditions.
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

    describe('installed in an empty folder', () => {
      let app = ''

      beforeAll(() => {
        app = installAll(tarballs, temporaryFolder('octet-app-'))
        cpSync('packages/workloads/models/weather-mlp/model_fp32.onnx', join(app, 'model.onnx'))
        const page = join(app, 'web-page')
        cpSync(join('examples', 'web-page'), page, { recursive: true })
        npmIn(page, 'install', ...IN_PAGE.map((name) => tarballs.get(name)!))
        writeSamples(join(app, 'x.npy'), [64, 8], 0.618034)
        writeSamples(join(app, 'c.npy'), [64, 8], 0.414214)
      })

      test('they take less than 40 MB', () => {
        expect(bytesUnder(join(app, 'node_modules'))).toBeLessThan(40e6)
      })

      describe.each([20, 22, 24])('on Node %i', (major) => {
        let node: ReturnType<typeof nodeOf>

        beforeAll(() => {
          node = nodeOf(major, temporaryFolder('octet-node-'))
        })

        beforeEach(({ skip }) => {
          if ('missing' in node) skip(`there is no Node ${major}: ${node.missing}`)
        })

        const run = (line: string): SpawnSyncReturns<string> => {
          if ('missing' in node) throw new Error(node.missing)
          return runIn(app, node.folder, line)
        }
        const output = (line: string): string => {
          const { status, stdout, stderr } = run(line)
          expect(status, `${line}: ${stderr}`).toBe(0)
          return stdout
        }

        test('a model goes through bench, quantize and verify', () => {
          expect(output('node --version')).toContain(`v${major}.`)
          const samples = '--eval x.npy --calib c.npy --normalize none'
          const bench = run(`npx @octet/cli bench --quick --no-report --workload model.onnx ${samples}`)
          expect(bench.stderr).toContain('npm install --save-dev webgpu')
          expect(bench.status, bench.stderr).toBe(0)
          expect(bench.stdout).toContain('Recommendation: ')
          output(`npx @octet/cli quantize model.onnx ${samples} --out q.onnx`)
          expect(output('npx @octet/cli verify q.onnx --runtime octet')).toMatch(
            /(\d+) of \1 tensors are equal/,
          )
          const inBrowser = run(`npx @octet/cli bench --host browser --workload model.onnx ${samples}`)
          expect([inBrowser.status, inBrowser.stderr]).toEqual([
            2,
            expect.stringMatching(
              /^octet: the package \S+ is not installed[^\n]* npm install --save-dev \S+\n$/m,
            ),
          ])
        })

        test('the example your-model goes through its scripts', () => {
          const folder = `your-model-${major}`
          cpSync(join('examples', 'your-model'), join(app, folder), { recursive: true })
          const script = (name: string, ...args: string[]): string =>
            output(['npm', '--prefix', folder, 'run', '-s', name, ...args].join(' '))
          expect(script('prepare-data')).toBe('365 samples to calibrate, 365 to evaluate\n')
          expect(script('bench')).toContain('Recommendation: ')
          script('quantize')
          expect(script('verify', '--', '--runtime', 'octet')).toMatch(/(\d+) of \1 tensors are equal/)
        })

        test('the example web-page, bundled by Vite, computes the numbers of Node in a browser', async ({
          skip,
        }) => {
          output('npm --prefix web-page run -s build')
          const inNode = output(`node --input-type=module -e "${NODE_PAGE}"`)
          const browser = await findBrowser()
          if ('missing' in browser) return skip(`there is no browser: ${browser.missing}`)
          const rows = await tableOf(join(app, 'web-page', 'dist'), browser)
          expect(rows).toHaveLength(6)
          expect(rows.map(([date, , outputs]) => `${date} ${outputs}`).join('\n')).toBe(inNode.trim())
        })

        test('a package of octet new-kernels conforms, is measured and built, and its fault is named', () => {
          const id = `fast-${major}`
          const said = output(`npx @octet/cli new-kernels ${id}`)
          const steps = [...said.matchAll(/^ {2}(.+?) +# /gm)]
          const [install, kernels, bench, build] = steps.map(([, line]) => line)
          output(install)
          const conformance = `${kernels} --op Gemm --shape 1x48x32`
          expect(output(conformance)).toMatch(`${id}/host: conformance 72 passed, 0 failed`)
          expect(output(bench)).toContain(`model on ${id}/host`)
          const source = join(app, `kernels-${id}`, 'src', 'gemm.ts')
          const right = readFileSync(source, 'utf8')
          const wrong = right.replace('let acc = bias[column]', 'let acc = bias[column] + 1')
          expect(wrong).not.toBe(right)
          writeFileSync(source, wrong)
          output(build)
          const { status, stdout } = run(conformance)
          expect(status).toBe(1)
          expect(stdout).toContain('FAILED Gemm int8')
          expect(stdout).not.toContain('FAILED Gemm fp32')
          writeFileSync(source, right)
          output(build)
          output(conformance)
        })
      })
    })
  },
)
