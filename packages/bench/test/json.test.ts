import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { octet } from './octet.ts'
import { inFolder, REFERENCE, setUp } from './session.ts'

const ROOT = join(import.meta.dirname, '../../..')
const QUICK = [...REFERENCE, '--quick', '--precision', 'fp32,int8', '--calibration', 'minmax']

/** A workload, and a run of it in two shards. */
async function measured(): Promise<{ cwd: string; runs: string[] }> {
  const cwd = setUp()
  for (const shard of ['1/2', '2/2'])
    await inFolder(cwd, 'bench', '--workload', 'points', ...QUICK, '--shard', shard)
  return { cwd, runs: readdirSync(join(cwd, 'results')).map((id) => join('results', id)) }
}

test('with --json - verbs that answer write JSON alone to stdout (list and doctor: cli.test.ts)', async () => {
  const { cwd, runs } = await measured()
  const [one] = runs
  const answers: readonly (readonly string[])[] = [
    ['bench', '--workload', 'points', ...QUICK],
    ['plan', 'points', '--samples', '10'],
    ['models', 'points', '--kernels', 'wasm', '--tune', '0'],
    ['kernels', '--kernels', 'wasm', '--op', 'Softmax', '--precision', 'fp32'],
    ...(process.env['OCTET_TESTS'] === 'long'
      ? [['train', 'weather-mlp', '--out', join(cwd, 'trained')]]
      : []),
    ['recommend', one],
    ['compare', one, one],
    ['merge', ...runs],
    ['report', one, '--out', 'site'],
  ]
  for (const args of answers) {
    const { stdout, stderr } = await inFolder(cwd, ...args, '--json', '-')
    expect(() => JSON.parse(stdout) as unknown, `${args.join(' ')}: ${stdout}${stderr}`).not.toThrow()
  }
  const { stdout } = octet(cwd, 'recommend', one, '--json', '-')
  expect(() => JSON.parse(stdout) as unknown).not.toThrow()
})

test('what a kernel package logs goes to stderr', () => {
  const stdout = JSON.stringify(new URL('../dist/show/stdout.js', import.meta.url).href)
  const program = `
import { flush, reserveStdout } from ${stdout}
const answer = reserveStdout()
console.log('chatter')
process.stdout.write('more of it\\n')
answer('{"answer": 1}\\n')
console.info('and more')
await flush(answer)
process.exit(0)`
  const written = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(written.stdout).toBe('{"answer": 1}\n')
  expect(written.stderr).toBe('chatter\nmore of it\nand more\n')
})

test('scripts that answer send the output of the build to stderr', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const name of ['bench', 'octet']) expect(scripts[name]).toMatch(/^pnpm -s build 1>&2 && node /)
})

const inPnpm = process.env['npm_config_user_agent']?.startsWith('pnpm/') === true

test.runIf(inPnpm)(
  'through pnpm there is JSON alone on stdout too (skipped where pnpm does not run the tests)',
  () => {
    const pnpm = (...args: readonly string[]): { stdout: string; stderr: string } =>
      spawnSync('pnpm', args, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' })
    for (const quiet of [[], ['-s']]) {
      const { stdout, stderr } = pnpm(...quiet, 'octet', 'recommend', 'nothing', '--json', '-')
      expect(stdout).toBe('')
      expect(stderr).toContain('octet: there is no results file at nothing')
      const listed = pnpm(...quiet, 'octet', 'list', '--json', '-')
      expect(JSON.parse(listed.stdout)).toHaveProperty('workloads')
    }
  },
)

test('with output and errors in one file, in either way, every line is there in order', () => {
  const cwd = setUp({ samples: 30 })
  for (const into of ['>', '>>']) {
    const bin = JSON.stringify(join(import.meta.dirname, '../dist/bin.js'))
    const log = join(temporaryFolder(), 'log')
    const octetLine = `"${process.execPath}" ${bin}`
    const command = `(echo first; ${octetLine} list; ${octetLine} recommend nothing; echo last) ${into} "${log}" 2>&1`
    spawnSync('sh', ['-c', command], { cwd })
    const lines = readFileSync(log, 'utf8').split('\n')
    expect(lines[0]).toBe('first')
    expect(lines.at(-2)).toBe('last')
    expect(lines.at(-3)).toContain('octet: there is no results file at nothing')
    expect(lines.join('\n')).not.toContain('\0')
    expect(lines.some((line) => line === 'workloads')).toBe(true)
  }
})
