import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { BIN, octet } from './octet.ts'
import { inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

const SWEEP = ['bench', '--workload', 'points', '--quick', ...REFERENCE]
const NARROW = [...SWEEP, '--calibration', 'minmax', '--granularity', 'per-channel', '--weight-bits', '8']
const LONG = process.env['OCTET_TESTS'] === 'long'
const posix = process.platform !== 'win32'

/** A small file system of its own in memory, which takes root; or why there is none. */
function mounted(folder: string, options: string): string | undefined {
  if (process.platform !== 'linux') return 'tmpfs is of Linux'
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], {
    encoding: 'utf8',
  })
  return status === 0 ? undefined : `no tmpfs can be mounted here: ${stderr?.trim() ?? 'no mount'}`
}

function probe(): string | undefined {
  const folder = temporaryFolder()
  const reason = mounted(folder, 'size=64k')
  if (reason === undefined) spawnSync('umount', [folder])
  return reason
}

const reason = probe()
const why = reason === undefined ? '' : ` (skipped: ${reason})`

describe.skipIf(reason !== undefined)(`a run on a file system of its own${why}`, () => {
  /** Runs in a folder whose `results` is mounted with some options. */
  async function withResults(
    options: string,
    work: (cwd: string, remount: (to: string) => void) => Promise<void>,
  ): Promise<void> {
    const cwd = setUp()
    const results = join(cwd, 'results')
    mkdirSync(results)
    expect(mounted(results, options)).toBeUndefined()
    const remount = (to: string): void => {
      expect(spawnSync('mount', ['-o', `remount,${to}`, results]).status).toBe(0)
    }
    try {
      await work(cwd, remount)
    } finally {
      spawnSync('umount', ['-l', results])
    }
  }

  test('that is full when run.json is written ends in one line, and goes on once there is room', async () => {
    const cwd = setUp()
    expect((await inFolder(cwd, ...NARROW)).code).toBe(0)
    const whole = onlyRun(cwd)
    const size = (name: string): number => Math.ceil(statSync(join(whole, name)).size / 4096)
    // Pages: all of the journal and half of run.json.
    const pages = size('journal.ndjson') + Math.floor(size('run.json') / 2) + 2
    await withResults(`size=${4 * pages}k`, async (place, remount) => {
      // All is measured, so that run.json alone is left to write.
      const folder = join(place, 'results', basename(whole))
      mkdirSync(folder)
      copyFileSync(join(whole, 'journal.ndjson'), join(folder, 'journal.ndjson'))
      const resume = ['bench', '--resume', folder, '--no-report']
      const { code, stdout, stderr } = octet(place, ...resume)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(
        /^octet: cannot write \S+run\.json: ENOSPC[^\n]+\. make room, then continue with octet bench --resume \S+\n$/m,
      )
      expect(readdirSync(folder)).toEqual(['journal.ndjson'])
      remount('size=4m')
      expect((await inFolder(place, ...resume)).code).toBe(0)
      const [kept, before] = [folder, whole].map((one) => readFileSync(join(one, 'journal.ndjson'), 'utf8'))
      expect(kept).toBe(before)
      expect(read(folder).cells).toEqual(read(whole).cells)
    })
  })

  test('that is full in the middle loses no line of the journal', async () => {
    await withResults('size=12k', async (cwd, remount) => {
      const { code, stderr } = octet(cwd, ...NARROW)
      expect(code).toBe(2)
      expect(stderr).toMatch(
        /^octet: cannot write \S+journal\.ndjson: ENOSPC[^\n]+ octet bench --resume \S+\n$/m,
      )
      remount('size=4m')
      expect((await inFolder(cwd, 'bench', '--resume', onlyRun(cwd), '--no-report')).code).toBe(0)
      expect(read(onlyRun(cwd)).cells).toHaveLength(3)
    })
  })

  test('that is read-only is named in one line', async () => {
    await withResults('size=4m', async (cwd, remount) => {
      // A process of its own: what this one holds open keeps the file system from becoming read-only.
      expect(octet(cwd, ...NARROW).code).toBe(0)
      const folder = onlyRun(cwd)
      remount('ro')
      const again = octet(cwd, 'bench', '--resume', folder, '--no-report')
      expect(again.code).toBe(2)
      expect(again.stderr).toMatch(/^octet: cannot write \S+lock: EROFS[^\n]+ octet bench --resume \S+\n$/m)
      const fresh = octet(cwd, ...NARROW)
      expect(fresh.code).toBe(2)
      expect(fresh.stderr).toMatch(
        /^octet: cannot make \S+: EROFS[^\n]+or name another folder with --out\n$/m,
      )
    })
  })
})

/** Runs a shell command in which this many files may be open at a time. */
function withFiles(files: number, cwd: string, ...command: readonly string[]): ReturnType<typeof spawnSync> {
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  return spawnSync('sh', ['-c', `ulimit -n ${files}; ${quoted}`], { cwd, encoding: 'utf8' })
}

describe.skipIf(!posix)('too few open files', () => {
  test.each(LONG ? [30, 60, 80] : [60])('%i: what cannot be loaded is said in one line', (files) => {
    const { status, stderr } = withFiles(files, setUp(), process.execPath, BIN, ...NARROW)
    expect(stderr).toMatch(/^octet: [^\n]+\n$/)
    expect(status).toBe(2)
  })

  test('what cannot be written is said with how to mend it, and the journal that is open goes on', () => {
    const folder = temporaryFolder()
    const dist = (name: string): string =>
      JSON.stringify(new URL(`../dist/store/${name}.js`, import.meta.url).href)
    const script = `import { openSync } from 'node:fs'
import { writeRun } from ${dist('run-folder')}
import { Journal } from ${dist('journal')}
const journal = new Journal('journal.ndjson')
try { for (;;) openSync('/dev/null') } catch {}
journal.append({ kind: 'layers', workload: 'points', layers: [] })
const at = '2025-01-02T03:04:05.000Z'
const run = { id: 'r', startedAt: at, finishedAt: at, commit: 'c', dirty: false, command: 'o', seed: 1 }
const machine = { fingerprint: 'f', cpu: '', cores: 1, memoryBytes: 1, os: '', runtime: 'node', adapters: [] }
try { writeRun('run.json', { schema: 2, run, machine, workloads: [], cells: [], layers: [], kernels: [] }) }
catch (error) { console.log(error.constructor.name, error.message, error.mend) }`
    const { stdout, stderr } = withFiles(256, folder, process.execPath, '--input-type=module', '-e', script)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^WriteFault cannot write run\.json: EMFILE.* let this process open more files/)
    expect(readFileSync(join(folder, 'journal.ndjson'), 'utf8')).toContain('"kind":"layers"')
    expect(readdirSync(folder)).toEqual(['journal.ndjson'])
  })
})

test.skipIf(!existsSync('/dev/full'))(
  `an answer that stdout does not take is said in one line${existsSync('/dev/full') ? '' : ' (skipped: no /dev/full)'}`,
  () => {
    const { status, stderr } = spawnSync('sh', ['-c', `'${process.execPath}' '${BIN}' list > /dev/full`], {
      encoding: 'utf8',
    })
    expect(stderr).toMatch(
      /^octet: the answer cannot be written to standard output: ENOSPC[^\n]+\. make room\n$/m,
    )
    expect(status).toBe(2)
  },
)

describe.skipIf(!posix)('a signal', () => {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const
  // SIGTERM is in the first tier of faulty-kernels.test.ts.
  test.each(LONG ? signals : signals.slice(0, 1))(
    '%s ends the run in one line with exit code %i, and the run goes on',
    async (signal, code) => {
      const cwd = setUp({ samples: 4000 })
      const child = spawn(process.execPath, [BIN, ...SWEEP, '--samples', '4000', '--calibration', 'minmax'], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const said = { stdout: '', stderr: '' }
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text))
      const ended = new Promise((resolve) => child.once('close', resolve))
      const cells = (): number => {
        const results = join(cwd, 'results')
        const [id] = existsSync(results) ? readdirSync(results) : []
        const path = join(results, id ?? '', 'journal.ndjson')
        return existsSync(path) ? readFileSync(path, 'utf8').split('{"kind":"cell"').length - 1 : 0
      }
      while (cells() < 2) await sleep(2)
      child.kill(signal)
      expect(await ended).toBe(code)
      const folder = onlyRun(cwd)
      expect(said.stdout).toBe('')
      expect(said.stderr).toMatch(/octet: stopped; the finished cells are kept: octet bench --resume \S+\n$/)
      expect(readdirSync(folder)).toEqual(['journal.ndjson'])
      if (signal !== 'SIGINT') return
      expect((await inFolder(cwd, 'bench', '--resume', folder, '--no-report')).code).toBe(0)
      expect(read(folder).cells).toHaveLength(6)
    },
  )
})
