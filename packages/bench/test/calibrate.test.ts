import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CalibrationAnswer } from '../src/calibrate/calibrate.ts'
import type { SavedRanges } from '../src/calibrate/ranges.ts'
import { calibrationInWords } from '../src/show/calibration.ts'
import { fault, inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

let cwd = ''
beforeAll(() => {
  cwd = setUp()
  for (const name of ['model_fp32.onnx', 'x_calib.npy'])
    copyFileSync(join(cwd, 'points', name), join(cwd, name))
})

async function calibrate(...args: string[]): Promise<CalibrationAnswer> {
  const { code, stdout } = await inFolder(cwd, 'calibrate', ...args, '--json', '-')
  expect(code).toBe(0)
  return JSON.parse(stdout) as CalibrationAnswer
}

const refused = async (...args: string[]): Promise<string> => fault(await inFolder(cwd, 'calibrate', ...args))

describe('octet calibrate', () => {
  test('has a curve for each strategy, whose last point is what a sweep would give', async () => {
    const found = await calibrate('points', '--calibration', 'minmax,auto', '--draws', '3')
    expect(found).toMatchObject({
      id: 'points',
      calibrationSamples: 24,
      draws: 3,
      judged: { samples: 60, of: 'evaluation' },
      figure: 'loss',
      maxDoubt: 0.005,
    })
    expect(found.curves.map(({ calibration }) => calibration)).toEqual(['minmax', 'auto'])
    const out = ['--out', 'points.onnx', '--calibration', 'minmax', '--json', '-']
    const { stdout } = await inFolder(cwd, 'quantize', 'points', ...out)
    const { judgement } = JSON.parse(stdout) as { judgement: { sqnrDb: number } }
    for (const { points, sufficiency } of found.curves) {
      expect(points.map(({ samples }) => samples)).toEqual([6, 12, 24])
      expect(sufficiency!.doubts).toHaveLength(3)
    }
    expect(found.curves[0].points[2].sqnrDb!.value).toBeCloseTo(judgement.sqnrDb, 10)
  })

  test('names the samples at the ends of ranges, and says what auto chose by', async () => {
    const { tensors } = await calibrate('points', '--calibration', 'minmax')
    expect(tensors.map(({ tensor }) => tensor)).toEqual(['x', 'r', 'y'])
    for (const { range, stretches, chosen } of tensors) {
      for (const { sample, value } of stretches) {
        expect(range).toContain(value)
        expect(sample).toBeLessThan(24)
      }
      expect(chosen.evidence.map(({ calibration }) => calibration)).toContain(chosen.calibration)
    }
  })

  test('says it in words, and the same each time', async () => {
    const args = ['calibrate', 'points', '--calibration', 'minmax', '--draws', '2', '--seed', '3']
    const [{ stdout }, again] = [await inFolder(cwd, ...args), await inFolder(cwd, ...args)]
    expect(again.stdout).toBe(stdout)
    expect(stdout).toMatch(/^calibration +samples +SQNR, dB \[95%\] +drop, points \[95%\]\nminmax +6 /)
    expect(stdout).toMatch(
      /\nminmax: (\d+ of 24 samples suffice|all 24 samples are needed|your 24 samples leave)/,
    )
    expect(stdout).toContain('Each size was drawn 2 times from the 24 samples')
    expect(stdout).toContain('The choices of auto')
  })

  test('judges a bare model on the samples that calibrate it, in dB, and says so', async () => {
    const found = await calibrate('model_fp32.onnx', '--calib', 'x_calib.npy', '--calibration', 'minmax')
    expect(found).toMatchObject({
      task: 'none',
      figure: 'sqnrDb',
      maxDoubt: 1,
      judged: { of: 'calibration' },
    })
    const words = calibrationInWords(found)
    expect(words).toContain('There are no evaluation samples')
    expect(words).not.toContain('drop')
  })

  test('refuses what it cannot use in one line', async () => {
    expect(await refused('points', '--draws', '99')).toContain('give a whole number from 2 to 30')
    expect(await refused('points', '--calibration', 'best')).toContain('there is no calibration "best"')
    expect(await refused('points', '--calib', 'x.npy')).toContain('brings its own data')
  })
})

describe('words about how many samples suffice', () => {
  const found = (enough: number | null, doubt: number, half = 0.004): CalibrationAnswer => ({
    id: 'w',
    task: 'classification',
    calibrationSamples: 32,
    draws: 6,
    seed: 1,
    judged: { samples: 500, of: 'evaluation' },
    figure: 'loss',
    maxDoubt: 0.005,
    tensors: [],
    curves: [
      {
        calibration: 'mse',
        points: [],
        sufficiency: {
          enough,
          doubt,
          doubts: [
            { samples: 16, doubt: half },
            { samples: 32, doubt },
          ],
        },
      },
    ],
  })

  test.each([
    [null, 0.008, 'mse: your 32 samples leave 0.80 points of doubt in the drop (the limit is 0.50 points).'],
    [32, 0.003, 'mse: all 32 samples are needed. They leave 0.30 points of doubt'],
    [16, 0.003, 'mse: 16 of 32 samples suffice. Another 16 may move the drop by 0.40 points'],
    [16, 0, 'All 32 leave none: no draw of half of them moved it.'],
  ])('%s with a doubt of %s', (enough, doubt, words) => {
    expect(calibrationInWords(found(enough, doubt))).toContain(words)
  })

  test('tell doubt that falls with the samples from doubt that does not', () => {
    expect(calibrationInWords(found(null, 0.008, 0.02))).toContain('The doubt falls as samples are added')
    expect(calibrationInWords(found(null, 0.008, 0.007))).toContain(
      'judge on more than 500 samples (octet calibrate --samples)',
    )
  })

  test('say why samples cannot be drawn', () => {
    const reason = 'The model carries state.'
    expect(calibrationInWords({ ...found(16, 0), curves: [], undrawn: reason })).toContain(reason)
  })
})

describe('ranges that are saved', () => {
  const layersOf = async (...args: string[]): Promise<readonly { activations?: { strategy: string } }[]> => {
    const { code, stdout } = await inFolder(
      cwd,
      'quantize',
      'points',
      ...args,
      '--no-certificate',
      '--json',
      '-',
    )
    expect(code).toBe(0)
    return (JSON.parse(stdout) as { layers: readonly { activations?: { strategy: string } }[] }).layers
  }
  const withoutStrategy = (layers: Awaited<ReturnType<typeof layersOf>>): unknown =>
    layers.map((layer) => ({ ...layer, activations: { ...layer.activations, strategy: '' } }))

  beforeAll(async () => {
    const args = ['--calibration', 'mse', '--save-ranges', 'ranges.json', '--draws', '2']
    expect((await inFolder(cwd, 'calibrate', 'points', ...args)).code).toBe(0)
  })

  test('quantize as the strategy that found them', async () => {
    const saved = await layersOf('--out', 'saved.onnx', '--ranges', 'ranges.json')
    const found = await layersOf('--out', 'found.onnx', '--calibration', 'mse')
    expect(saved[0].activations?.strategy).toBe('saved')
    expect(withoutStrategy(saved)).toEqual(withoutStrategy(found))
  })

  test('are a calibration of a sweep', async () => {
    const args = ['--workload', 'points', '--calibration', 'mse', '--ranges', 'ranges.json', '--out', 'swept']
    const flags = ['--precision', 'int8', '--granularity', 'per-channel', '--weight-bits', '8', '--quick']
    const { code } = await inFolder(cwd, 'bench', ...args, ...flags, ...REFERENCE)
    expect(code).toBe(0)
    const { cells } = read(onlyRun(cwd, 'swept'))
    const [mse, saved] = ['mse', 'saved'].map((id) => cells.find(({ calibration }) => calibration === id)!)
    expect(saved.status).not.toBe('failed')
    expect(saved.fidelity).toEqual(mse.fidelity)
  })

  test('are refused for another model, for other tensors, and where they are no ranges', async () => {
    const file = JSON.parse(readFileSync(join(cwd, 'ranges.json'), 'utf8')) as SavedRanges
    const refusedWith = async (changed: unknown): Promise<string> => {
      writeFileSync(join(cwd, 'changed.json'), JSON.stringify(changed))
      return fault(await inFolder(cwd, 'quantize', 'points', '--ranges', 'changed.json', '--out', 'no.onnx'))
    }
    expect(file).toMatchObject({ id: 'points', calibration: 'mse', samples: 24 })
    expect(await refusedWith({ ...file, model: 'another' })).toContain('belong to other weights')
    const more = { ...file, ranges: { ...file.ranges, z: [0, 1] } }
    expect(await refusedWith(more)).toContain('have tensor "z", which points lacks')
    const { x: _, ...fewer } = file.ranges
    writeFileSync(join(cwd, 'fewer.json'), JSON.stringify({ ...file, ranges: fewer }))
    const missing = await inFolder(cwd, 'quantize', 'points', '--ranges', 'fewer.json', '--out', 'no.onnx')
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('no range of tensor "x" was saved'),
    ])
    expect(await refusedWith({ ...file, ranges: { x: [1, 2] } })).toContain('0 does not lie within the range')
    expect(await refusedWith({ kind: 'else' })).toContain('octet calibrate --save-ranges wrote')
    expect(await refused('points', '--save-ranges', 'x.json')).toContain('name one: --calibration auto')
  })
})
