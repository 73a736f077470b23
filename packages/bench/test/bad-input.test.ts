import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensor } from '@octet/core'
import { formatNpy } from '@octet/workloads'
import { describe, expect, test } from 'vitest'
import { octet } from './octet.ts'
import { REFERENCE, setUp, fault, spoil, refusal } from './session.ts'

describe('what the user can mend ends in one line and exit 2', () => {
  const cwd = setUp()
  const points = join(cwd, 'points')
  const refused = (folder: string): Promise<string> =>
    refusal('bench', '--workload', join(folder, 'points'), ...REFERENCE)
  const bench = (...args: string[]): Promise<string> =>
    refusal('bench', '--workload', points, ...REFERENCE, ...args)

  test.each([
    [['--precision', 'int7'], 'the known values are fp32, fp16, int8'],
    [['--granularity', 'per-row'], 'the known values are per-tensor, per-channel'],
    [['--scheme', 'odd'], 'the known values are affine, symmetric'],
    [['--calibration', 'luck'], 'minmax, moving-average, percentile-99.9'],
    [['--kernels', 'abacus'], 'reference'],
    [['--samples', '0'], '--samples is "0"'],
    [['--samples', '1e3'], '--samples is "1e3"'],
    [['--seed', '-1'], '--seed'],
    [['--shard', '3/2'], '--shard is "3/2"'],
    [['--precision', 'fp32,'], 'has an empty item'],
    [['--bogus'], "unknown option '--bogus'"],
    [['--precision'], 'argument missing'],
    [['--eval', 'x.npy'], '--eval goes with a MODEL.onnx'],
    [['extra'], 'too many arguments'],
  ])('bench %j', async (args, said) => {
    expect(await bench(...args)).toContain(said)
  })

  test.each([
    [['fly'], "unknown command 'fly'"],
    [['bench', '--workload', 'nowhere'], '"nowhere" is neither a built-in workload nor a folder'],
    [
      ['bench', '--workload', `${points}/model_fp32.onnx`],
      'give --eval X.npy, and --labels Y.npy where there are labels',
    ],
    [['bench', '--workload', `${points},${points}/`], 'two workloads are called "points"'],
    [['bench', '--resume', 'nothing'], 'there is no journal at'],
    [['recommend', 'nothing'], 'there is no results file at nothing'],
    [['recommend', `${points}/manifest.json`], 'points/manifest.json: the results file'],
    [['recommend', `${points}/x_eval.npy`], 'points/x_eval.npy is not JSON'],
    [['merge'], "missing required argument 'runs'"],
    [['train', 'nothing'], 'the known values are mnist-cnn'],
    [['report', 'nothing'], 'there is no results file at nothing'],
    [['kernels', '--op', 'Sin'], 'there is no op "Sin"'],
    [['kernels', '--shape', 'sphere'], 'no shape contains "sphere"'],
  ])('%j', async (args, said) => {
    expect(await refusal(...args)).toContain(said)
  })

  test('NaN in the evaluation data', () => {
    expect(
      fault(octet(setUp(spoil('evaluation', Number.NaN)), 'bench', '--workload', 'points', ...REFERENCE)),
    ).toMatch(/x_eval|evaluation/)
  })

  test('infinity in the calibration data', async () => {
    expect(await refused(setUp(spoil('calibration', Infinity)))).toMatch(/x_calib|calibration/)
  })

  test('an empty calibration set', async () => {
    const folder = setUp()
    writeFileSync(join(folder, 'points', 'x_calib.npy'), formatNpy(tensor('float32', [0, 3])))
    expect(await refused(folder)).toContain('x_calib.npy')
  })

  test.each(['model_fp32.onnx', 'x_eval.npy', 'manifest.json'])(
    'a workload folder without %s',
    async (name) => {
      const folder = setUp()
      rmSync(join(folder, 'points', name))
      expect(await refused(folder)).toContain(`${name} is missing`)
    },
  )

  test('a place that cannot be written', async () => {
    writeFileSync(join(cwd, 'file'), '')
    expect(await bench('--out', join(cwd, 'file'))).toContain('cannot make')
  })
})
