import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { octet } from './octet.ts'
import { setUp, refusal, inProcess } from './session.ts'

describe('list, doctor and help', () => {
  const cwd = temporaryFolder()

  test('list names workloads, kernels and every axis', () => {
    const { code, stdout } = octet(cwd, 'list', '--json', '-')
    expect(code).toBe(0)
    const listed = JSON.parse(stdout) as {
      workloads: { id: string }[]
      kernels: { id: string }[]
      axes: object
    }
    expect(listed.workloads.map(({ id }) => id)).toEqual(['mnist-cnn', 'fashion-mobilenet', 'weather-mlp'])
    expect(Object.keys(listed.axes)).toEqual([
      'method',
      'precision',
      'calibration',
      'granularity',
      'scheme',
      'weight-bits',
    ])
  })

  test('doctor reports findings, and exits 0 exactly when a kernel package has a device', async () => {
    // It tries every package on cases of all ops, of which SwiftShader compiles the shaders soonest.
    const adapter = process.env['OCTET_TESTS'] === 'long' ? [] : ['--adapter', 'swiftshader']
    const { code, stdout } = await inProcess('doctor', ...adapter, '--json', '-')
    const findings = JSON.parse(stdout) as { subject: string; ok: boolean }[]
    expect(findings[0]).toMatchObject({ subject: 'runtime', ok: true })
    expect(code).toBe(findings.some(({ subject, ok }) => subject === 'device' && !ok) ? 1 : 0)
  })

  test.each([
    'bench',
    'kernels',
    'models',
    'train',
    'plan',
    'quantize',
    'compare',
    'merge',
    'recommend',
    'report',
    'list',
    'doctor',
  ])('%s --help', async (verb) => {
    const { code, stdout } = await inProcess(verb, '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: octet ${verb}`)
  })

  test.each(['bench', 'calibrate', 'models', 'plan', 'quantize'])(
    '%s takes what every verb that opens a model takes',
    async (verb) => {
      const { stdout } = await inProcess(verb, '--help')
      const data = ['eval', 'labels', 'calib', 'normalize', 'manifest']
      const judged = ['classes', 'task', 'threshold', 'name']
      for (const flag of [...data, ...judged, 'dim', 'set', 'output', 'state'])
        expect(stdout).toContain(`  --${flag} <`)
    },
  )

  test('help VERB is VERB --help, and --version is that of the package', async () => {
    const { code, stdout } = await inProcess('help', 'recommend')
    expect([code, stdout]).toEqual([0, (await inProcess('recommend', '--help')).stdout])
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
      version: string
    }
    expect(await inProcess('--version')).toMatchObject({ code: 0, stdout: `octet ${version}\n` })
  })

  test('without a verb there is help, and exit 2', () => {
    expect(octet(cwd)).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('plan', () => {
  test('gives every layer a precision within the budget, shows how sensitive each is, keeps the front', async () => {
    const cwd = setUp()
    const file = join(cwd, 'plan.json')
    const { code, stdout } = await inProcess(
      'plan',
      join(cwd, 'points'),
      '--max-drop',
      '2',
      '--samples',
      '40',
      '--json',
      file,
    )
    expect(code).toBe(0)
    expect(stdout).toContain('Judged on 40 of 60 evaluation samples')
    const { best, front, sensitivity } = JSON.parse(readFileSync(file, 'utf8')) as {
      best: { layers: Record<string, string>; weightBytes: number; drop: number; ci95: [number, number] }
      front: { weightBytes: number; accuracy: number }[]
      sensitivity: { layers: { layer: string; precision: string }[] }
    }
    expect(Object.keys(best.layers)).toEqual(['hidden', 'classes'])
    expect(best.drop).toBeLessThanOrEqual(0.02)
    const [lo, hi] = best.ci95
    expect([lo, best.drop, hi]).toEqual([lo, best.drop, hi].toSorted((a, b) => a - b))
    const end = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(2)}`
    expect(stdout).toContain(`[${end(lo)}, ${end(hi)}] points against FP16 throughout`)
    expect(stdout).toContain('but these samples do not show that it is within 2.00: more --samples may')
    expect(front.map(({ weightBytes }) => weightBytes)).toContain(best.weightBytes)
    expect(sensitivity.layers.map(({ layer, precision }) => `${layer} ${precision}`)).toEqual([
      'hidden int8',
      'hidden w4a8',
      'classes int8',
      'classes w4a8',
    ])
  })

  test('advises more samples only where there are some', async () => {
    const { stdout } = await inProcess('plan', join(setUp(), 'points'), '--samples', '60')
    expect(stdout).toContain('Judged on 60 of 60 evaluation samples')
    expect(stdout).toContain('within 1.00: they are all that there are, and only more of them may')
  })

  test('takes a MODEL.onnx with its data, as bench does', async () => {
    const folder = join(setUp(), 'points')
    const model = join(folder, 'model_fp32.onnx')
    const data = ['--eval', join(folder, 'x_eval.npy'), '--calib', join(folder, 'x_calib.npy')]
    const labels = ['--labels', join(folder, 'y_eval.npy')]
    const of = async (...args: string[]): Promise<unknown> => {
      const { code, stdout } = await inProcess('plan', ...args, '--samples', '20', '--json', '-')
      expect(code).toBe(0)
      return JSON.parse(stdout)
    }
    expect(await of(model, ...data, ...labels, '--name', 'points')).toEqual(await of(folder))
    expect(await refusal('plan', model)).toContain('needs data to be judged on. give --eval X.npy')
    expect(await refusal('plan', folder, '--task', 'features')).toContain('--task goes with a MODEL.onnx')
    expect(await refusal('plan', model, ...data)).toContain('give --task features')
  })

  test('a budget that is no number is refused', async () => {
    expect(await refusal('plan', 'weather-mlp', '--max-drop', 'little')).toContain('--max-drop is "little"')
  })
})
