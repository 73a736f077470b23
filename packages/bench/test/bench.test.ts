import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { boardGoals, parseRun, recommend, recommendationLines, transformsOf } from '@octet/results'
import { beforeAll, describe, expect, test } from 'vitest'
import { lockFolder } from '../src/store/lock.ts'
import { BIN, octet, octetKilledWhen, type Outcome } from './octet.ts'
import { temporaryFolder } from './folder.ts'
import { inFolder, REFERENCE, setUp, onlyRun, read } from './session.ts'

describe('bench', () => {
  /** One whole sweep by the program itself, which several tests look at. */
  let swept: { readonly cwd: string; readonly outcome: Outcome }
  beforeAll(() => {
    const cwd = setUp()
    swept = { cwd, outcome: octet(cwd, 'bench', '--workload', 'points', '--quick', ...REFERENCE) }
  })

  test('sweeps a workload folder: all 20 configurations, each whole, and a recommendation', () => {
    const { cwd, outcome } = swept
    const { code, stdout, stderr } = outcome
    expect(stderr).not.toContain('octet:')
    expect(code).toBe(0)
    const run = read(onlyRun(cwd))
    expect(run.cells).toHaveLength(20)
    for (const cell of run.cells) {
      expect(['ok', 'unstable']).toContain(cell.status)
      expect(cell.task?.samples).toBe(60)
      expect(cell.latency?.samples.length).toBeGreaterThanOrEqual(6)
      expect(cell.memory?.weightBytes).toBeGreaterThan(0)
      expect(cell.fallbackOps).toEqual([])
    }
    const fp32 = run.cells[0]
    expect(fp32.precision).toBe('fp32')
    expect(fp32.task?.value).toBeGreaterThan(0.7)
    expect(fp32.fidelity).toBeUndefined()
    expect(run.cells[2].fidelity?.agreement).toBeGreaterThan(0.8)
    expect(stdout).toContain('Recommendation: ')
    expect(stdout).toContain(join('results', run.run.id, 'run.json'))
  })

  test('the INT8 cells of one width of weights are one program: they share its latency and say so', () => {
    const int8 = read(onlyRun(swept.cwd)).cells.filter(({ precision }) => precision === 'int8')
    const programs = [8, 4].map((bits) => {
      const [first, ...others] = int8.filter(({ weights }) => weights.bits === bits)
      for (const { latency } of others) expect(latency).toEqual(first.latency)
      expect(first.latency?.shared.with).toBe(others.length)
      return first.latency?.shared.program
    })
    expect(int8).toHaveLength(18)
    expect(new Set(programs).size).toBe(2)
  })

  test('layers are recorded for every tensor and calibration, with at most 128 bins', () => {
    const { cells, layers } = read(onlyRun(swept.cwd))
    const calibrations = new Set(cells.map(({ calibration }) => calibration).filter((id) => id !== 'none'))
    expect(calibrations.size).toBeGreaterThan(2)
    expect(layers.map(({ tensor }) => tensor)).toEqual(['x', 'r', 'y'])
    for (const { histogram, perCalibration, range } of layers) {
      expect(histogram.counts.length).toBeLessThanOrEqual(128)
      expect(new Set(Object.keys(perCalibration))).toEqual(calibrations)
      expect(perCalibration['minmax'].hi).toBe(Math.max(range[1], 0))
      expect(perCalibration['minmax'].clipped).toBe(0)
    }
  })

  test('flags narrow the sweep, and repeated lists add up', async () => {
    const cwd = setUp()
    const narrow = [
      '--precision',
      'fp32',
      '--precision',
      'int8',
      '--calibration',
      'mse',
      '--granularity',
      'per-channel',
      '--weight-bits',
      '8',
    ]
    await inFolder(
      cwd,
      'bench',
      '--workload',
      'points',
      '--quick',
      ...narrow,
      '--scheme',
      'affine,symmetric',
      ...REFERENCE,
    )
    const run = read(onlyRun(cwd))
    expect(run.cells.map(({ key }) => key)).toEqual([
      'points/fp32/reference/reference',
      'points/ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/mse/reference/reference',
      'points/ptq/int8/w8-symmetric-per-channel/a8-symmetric-per-tensor/mse/reference/reference',
    ])
  })

  test('transforms and 4-bit weights that are asked for are measured, each under its own key', async () => {
    const cwd = setUp()
    const narrow = ['--precision', 'int8', '--calibration', 'minmax', '--granularity', 'per-channel']
    const transforms = ['--weight-bits', '4', '--transform', 'none,adaround']
    await inFolder(cwd, 'bench', '--workload', 'points', '--quick', ...narrow, ...transforms, ...REFERENCE)
    const { cells } = read(onlyRun(cwd))
    expect(cells.map((cell) => [cell.key, transformsOf(cell)])).toEqual([
      ['points/ptq/int8/w4-symmetric-per-channel/a8-affine-per-tensor/minmax/reference/reference', []],
      [
        'points/ptq/int8/w4-symmetric-per-channel/a8-affine-per-tensor/minmax/adaround/reference/reference',
        ['adaround'],
      ],
    ])
    for (const { memory } of cells)
      expect(memory!.residentWeightBytes).toBeGreaterThanOrEqual(memory!.weightBytes + 12)
  })

  test('what is wrong with the calibration samples stands under the table and in the run', async () => {
    const cwd = setUp({
      spoil: (x, set) => {
        if (set === 'calibration') for (let i = 1; i < x.length; i += 3) x[i] = 0.3
      },
    })
    const narrow = ['--precision', 'int8', '--calibration', 'minmax', '--weight-bits', '8']
    const { stdout } = await inFolder(
      cwd,
      'bench',
      '--workload',
      'points',
      '--quick',
      ...narrow,
      ...REFERENCE,
    )
    expect(stdout).toMatch(/^fault: dead-channel: channel 1 stays at 0.3 in the calibration samples/m)
    const { findings } = read(onlyRun(cwd))
    expect(findings?.find(({ id }) => id === 'dead-channel')).toMatchObject({
      workload: 'points',
      severity: 'fault',
      tensor: null,
    })
  })

  test('a model file runs with its data named by flags', async () => {
    const cwd = setUp()
    const data = [
      '--eval',
      'points/x_eval.npy',
      '--labels',
      'points/y_eval.npy',
      '--calib',
      'points/x_calib.npy',
    ]
    const { code } = await inFolder(
      cwd,
      'bench',
      '--workload',
      'points/model_fp32.onnx',
      ...data,
      '--quick',
      ...REFERENCE,
    )
    expect(code).toBe(0)
    expect(read(onlyRun(cwd)).cells[0].task?.samples).toBe(60)
  })

  test('--json - puts the run alone on stdout', () => {
    const cwd = setUp()
    const { stdout } = octet(
      cwd,
      'bench',
      '--workload',
      'points',
      '--precision',
      'fp32',
      '--quick',
      '--json',
      '-',
      ...REFERENCE,
    )
    expect(parseRun(JSON.parse(stdout)).cells).toHaveLength(1)
  })

  test('fewer samples are a seeded choice: the same seed measures the same, another one another', async () => {
    const accuracies: (number | undefined)[] = []
    for (const seed of ['1', '1', '2']) {
      const cwd = setUp({ samples: 300 })
      const few = ['--samples', '40', '--seed', seed, '--precision', 'fp32', '--quick']
      await inFolder(cwd, 'bench', '--workload', 'points', ...few, ...REFERENCE)
      const run = read(onlyRun(cwd))
      expect(run.workloads[0].evaluationSamples).toEqual({ used: 40, available: 300 })
      accuracies.push(run.cells[0].task?.value)
    }
    expect(accuracies[0]).toBe(accuracies[1])
    expect(accuracies[2]).not.toBe(accuracies[0])
  })

  test('a killed run goes on with --resume: finished cells are kept as they are, a torn line is dropped', async () => {
    const cwd = setUp({ samples: 4000 })
    const journal = (): string => {
      const [id] = existsSync(join(cwd, 'results')) ? readdirSync(join(cwd, 'results')) : []
      const path = join(cwd, 'results', id ?? '', 'journal.ndjson')
      return existsSync(path) ? readFileSync(path, 'utf8') : ''
    }
    const cells = (): string[] =>
      journal()
        .split('\n')
        .filter((line) => line.startsWith('{"kind":"cell"'))
    await octetKilledWhen(
      () => cells().length >= 3,
      cwd,
      'bench',
      '--workload',
      'points',
      '--samples',
      '4000',
      '--quick',
      ...REFERENCE,
    )
    const folder = onlyRun(cwd)
    // The killed process has a child that may still write: it has ended once the folder can be locked.
    lockFolder(folder, 60_000).release()
    expect(existsSync(join(folder, 'run.json'))).toBe(false)
    expect((await inFolder(cwd, 'recommend', folder)).stderr).toContain('was cut off before its end')
    writeFileSync(join(folder, 'journal.ndjson'), '{"kind":"cell","ce', { flag: 'a' })
    const before = cells().slice(0, 3)

    expect((await inFolder(cwd, 'bench', '--resume', folder, '--seed', '3')).stderr).toContain(
      'leave --seed out',
    )
    expect((await inFolder(cwd, 'bench', '--resume', folder, '--no-report')).code).toBe(0)
    const run = read(folder)
    expect(run.cells).toHaveLength(20)
    expect(cells()).toHaveLength(20)
    expect(cells().slice(0, 3)).toEqual(before)
  })

  test.skipIf(process.platform === 'win32' || process.env['OCTET_TESTS'] !== 'long')(
    'a full disk ends in one line, and the run goes on once there is room (first tier: storage.test.ts)',
    async () => {
      const cwd = setUp()
      // A limit on the size of files fails writes as a full disk does.
      const command = [process.execPath, BIN, 'bench', '--workload', 'points', '--quick', ...REFERENCE].join(
        ' ',
      )
      const { status, stderr, stdout } = spawnSync('sh', ['-c', `ulimit -f 40; ${command}`], {
        cwd,
        encoding: 'utf8',
      })
      expect(stderr).toMatch(/octet: cannot write .*journal\.ndjson: EFBIG.*octet bench --resume/)
      expect([status, stdout]).toEqual([2, ''])
      const folder = onlyRun(cwd)
      expect((await inFolder(cwd, 'bench', '--resume', folder, '--no-report')).code).toBe(0)
      expect(read(folder).cells).toHaveLength(20)
    },
  )

  test('shards measure every cell once between them, and merge into one run', async () => {
    const cwd = setUp()
    for (const part of ['1/3', '2/3', '3/3'])
      expect(
        (
          await inFolder(
            cwd,
            'bench',
            '--workload',
            'points',
            '--quick',
            '--shard',
            part,
            '--out',
            'parts',
            '--board',
            'stm32u385',
            ...REFERENCE,
          )
        ).code,
      ).toBe(0)
    const folders = readdirSync(join(cwd, 'parts')).map((id) => join('parts', id))
    expect((await inFolder(cwd, 'merge', ...folders.slice(1))).code).toBe(2)
    const merged = await inFolder(cwd, 'merge', ...folders)
    expect(merged.code).toBe(0)
    const run = read(onlyRun(cwd))
    expect(merged.stdout).toContain('points on reference/reference')
    const within = recommendationLines(recommend(run, boardGoals('stm32u385')))
    expect(within).not.toEqual(recommendationLines(recommend(run)))
    expect(merged.stdout).toContain(`Recommendation: ${within.join('\n  ')}`)
    expect(existsSync(join(onlyRun(cwd), 'report', 'index.html'))).toBe(true)
    expect(new Set(run.cells.map(({ key }) => key)).size).toBe(20)
    expect(run.cells).toHaveLength(20)
    expect(run.run.shard).toBeUndefined()
  })

  test('a run compared with itself holds; lost accuracy does not', async () => {
    const { cwd } = swept
    const folder = onlyRun(cwd)
    expect(await inFolder(cwd, 'compare', folder, folder)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^octet: times are not judged: .* has no other runs, give --history FOLDER$/m,
      ),
    })
    const run = read(folder)
    const worse = {
      ...run,
      cells: run.cells.map((cell) => Object.assign({}, cell, { task: { ...cell.task, value: 0 } })),
    }
    writeFileSync(join(cwd, 'worse.json'), JSON.stringify(worse))
    const { code, stdout } = await inFolder(cwd, 'compare', folder, 'worse.json')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^FAILS worse: 20 cells: points\/fp32\/reference\/reference, .*: accuracy .* -> 0\.00%$/m,
    )
  })

  test('the history of a results file by itself is the folder that holds it', async () => {
    const { cwd } = swept
    const [folder, plain] = [onlyRun(cwd), join(temporaryFolder(), 'plain')]
    mkdirSync(join(plain, 'broken'), { recursive: true })
    writeFileSync(join(plain, 'broken', 'run.json'), '{}')
    copyFileSync(join(folder, 'run.json'), join(plain, 'after.json'))
    const { stderr } = await inFolder(cwd, 'compare', folder, join(plain, 'after.json'))
    expect(stderr).toContain(`${join(plain, 'broken', 'run.json')} is left out of the history`)
  })

  test('two runs of the same compare as equal, and one that lost a workload, a cell or a kernel does not', async () => {
    const cwd = setUp()
    const narrow = [
      '--workload',
      'points',
      '--precision',
      'fp32,int8',
      '--calibration',
      'minmax,mse',
      '--quick',
    ]
    for (const out of ['a', 'b'])
      expect((await inFolder(cwd, 'bench', ...narrow, '--out', out, ...REFERENCE)).code).toBe(0)
    const [a, b] = ['a', 'b'].map((out) => join(cwd, out, readdirSync(join(cwd, out))[0]))
    const compared = await inFolder(cwd, 'compare', a, b)
    expect(compared.stdout).not.toContain('FAILS')
    expect(compared.code).toBe(0)

    const run = read(b)
    const kernel = {
      package: 'k',
      adapter: 'a',
      op: 'Gemm',
      precision: 'fp32',
      shape: 'gemm 8x8x8',
      variant: '',
      gops: 1,
      gbps: 1,
      samples: [1],
      peers: [],
    }
    const whole = { ...run, kernels: [kernel] }
    const lost = {
      cell: { ...whole, cells: run.cells.slice(1) },
      workload: { ...whole, cells: [] },
      kernel: { ...whole, kernels: [] },
    }
    writeFileSync(join(cwd, 'whole.json'), JSON.stringify(whole))
    for (const [what, less] of Object.entries(lost)) {
      writeFileSync(join(cwd, 'less.json'), JSON.stringify(less))
      const { code, stdout } = await inFolder(cwd, 'compare', 'whole.json', 'less.json')
      expect([what, code]).toEqual([what, 1])
      expect(stdout.match(/^FAILS .*/gm)).toEqual([expect.stringMatching(`: ${what} .* -> missing$`)])
    }
    const markdown = await inFolder(cwd, 'compare', 'whole.json', 'less.json', '--markdown')
    expect(markdown.code).toBe(1)
    expect(markdown.stdout).toMatch(/^### The comparison fails\n/)
  })

  test('recommend answers under goals, and exits 1 when nothing meets them', async () => {
    const { cwd } = swept
    const folder = onlyRun(cwd)
    const { stdout } = await inFolder(cwd, 'recommend', folder, '--max-drop', '50', '--json', '-')
    expect(JSON.parse(stdout)).toMatchObject({
      goals: { maxLoss: { classification: 0.5 } },
      choices: [{ workload: 'points', cell: { precision: 'int8' } }],
    })
    expect((await inFolder(cwd, 'recommend', '--max-bytes', '1')).code).toBe(1)
    const energy = await inFolder(cwd, 'recommend', folder, '--max-energy-mj', '5')
    expect(energy.code).toBe(1)
    expect(energy.stdout).toContain('energy was not measured')
    const onBoard = ['--max-drop', '50', '--board', 'stm32u385']
    const board = await inFolder(cwd, 'recommend', folder, ...onBoard, '--max-energy-mj', '5')
    expect(board.code).toBe(0)
    expect(board.stdout).toMatch(/an inference takes [\d.]+ [µn]J modelled for STM32U385 \(/)
    expect(board.stdout).toContain('is modelled, not measured')
    for (const [limit, least] of Object.entries({ '--max-energy-mj': '0', '--max-ram': '1' }))
      expect((await inFolder(cwd, 'recommend', folder, ...onBoard, limit, least)).code).toBe(1)
    const unknown = await inFolder(cwd, 'recommend', folder, '--board', 'toaster')
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('there is no board "toaster"'),
    ])
  })
})
