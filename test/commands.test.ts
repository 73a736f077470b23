import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeLabels, writeSamples } from './samples.ts'

const LONG = process.env['OCTET_TESTS'] === 'long'
const BIN = resolve('packages/bench/dist/bin.js')
const MODEL = resolve('packages/workloads/models/weather-mlp/model_fp32.onnx')

/** The pages whose commands run one after the other in one folder, in the order of a reader. */
const PAGES = [
  'docs/start.md',
  'README.md',
  'docs/calibration.md',
  'docs/certificates.md',
  'docs/deployment.md',
  'docs/reading-the-report.md',
  'docs/qat.md',
  'docs/energy.md',
  'docs/statistics.md',
  'packages/bench/README.md',
]

/** Commands that run elsewhere, by their verbs or flags, with the test that runs them. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^bench$/, '.ci/run: the sweep of all workloads is the first command of a new user'],
  [/--host browser|--cdp/, 'packages/bench/test/browser.test.ts'],
  [/^new-kernels/, 'packages/bench/test/new-kernels.test.ts'],
  [/^init/, 'packages/bench/test/config.test.ts'],
  [/--against/, 'packages/bench/test/against.test.ts'],
]

/** The commands of a page, without the part that starts octet. */
function commandsOf(page: string): string[] {
  return readFileSync(page, 'utf8')
    .replace(/^```[^]*?^```$/gm, '')
    .split('\n')
    .flatMap((line) => /^ {4}(?:npx -y pnpm@\S+ (?:octet )?|npx @octet\/cli )(\S.*)$/.exec(line)?.[1] ?? [])
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => !/^(?:test|install|build|site|run|-s |ci:play|changeset)/.test(line))
}

/** A shorter command: the smallest workload, and no more rounds or steps than a figure needs. */
function shortened(command: string): string {
  if (!/^bench\b/.test(command)) return command
  const workload = /--workload/.test(command) ? '' : ' --workload weather-mlp'
  const steps = /qat/.test(command) ? ' --qat-steps 20' : ''
  return (
    `${command.replaceAll('mnist-cnn', 'weather-mlp')}${workload}${steps}` +
    (/--quick/.test(command) ? '' : ' --quick')
  )
}

describe.skipIf(!LONG)(
  `commands that pages show${LONG ? '' : ' (skipped: they take minutes; run with --mode long)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'octet-commands-'))

    beforeAll(() => {
      for (const name of ['model.onnx', 'path/to/folder/model_fp32.onnx']) {
        mkdirSync(join(folder, name, '..'), { recursive: true })
        cpSync(MODEL, join(folder, name))
      }
      const inputs = ['x', 'c', 'x_eval', 'path/to/folder/x_eval', 'path/to/folder/x_calib']
      // No sample is in two files: the steps are irrational as far as float32 shows.
      for (const [i, name] of inputs.entries())
        writeSamples(join(folder, `${name}.npy`), [64, 8], Math.sqrt(i + 2))
      for (const name of ['y', 'y_eval', 'path/to/folder/y_eval'])
        writeLabels(join(folder, `${name}.npy`), 64, 5)
      writeFileSync(join(folder, 'path/to/folder/manifest.json'), '{"name":"mine"}')
      octet('quantize', 'model.onnx', '--calib', 'c.npy', '--out', 'model_qdq.onnx')
      cpSync(join(folder, 'model_qdq.onnx'), join(folder, 'their_int8.onnx'))
    })

    function octet(...args: string[]): ReturnType<typeof spawnSync> {
      return spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: 'utf8' })
    }

    /** Names on pages are replaced by the newest run of the folder and by its workload. */
    function filledIn(command: string): string[] {
      const results = join(folder, 'results')
      const runs = existsSync(results) ? readdirSync(results).filter((name) => /^\d/.test(name)) : []
      const run = runs.toSorted().find((name) => existsSync(join(results, name, 'run.json'))) ?? 'RUN'
      return command
        .replaceAll(/results\/(?:RUN|A|B|BEFORE|AFTER)\b/g, `results/${run}`)
        .replaceAll(':WORKLOAD', ':weather-mlp')
        .split(/\s+/)
    }

    for (const page of PAGES)
      for (const command of commandsOf(page)) {
        const elsewhere = ELSEWHERE.find(([pattern]) => pattern.test(command))
        if (elsewhere) test.skip(`${page}: ${command} (${elsewhere[1]})`)
        else
          test(`${page}: ${command}`, () => {
            const { status, stderr } = octet(...filledIn(shortened(command)))
            expect(status, String(stderr)).toBe(0)
          })
      }
  },
)
