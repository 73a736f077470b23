import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, tensor } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { octet } from './octet.ts'
import { inFolder, inProcess, onlyRun, read, REFERENCE, refusal } from './session.ts'

const KNOTS = 12
const SAMPLES = 200

/** A line through KNOTS points of a sine over one period, as a net of two layers. */
function sineNet(): Graph {
  const step = (2 * Math.PI) / KNOTS
  const slope = (k: number): number => (Math.sin((k + 1) * step) - Math.sin(k * step)) / step
  // Of many sizes, so that weights of 4 bits are too coarse for them.
  const pace = (k: number): number => 10 ** (((k * 5) % 7) / 4)
  const range = Array.from({ length: KNOTS }, (_, k) => k)
  const attributes = { alpha: 1, beta: 1, transA: false, transB: true }
  return {
    name: 'sine',
    inputs: [{ name: 'x', shape: [1] }],
    output: 'y',
    nodes: [
      { op: 'Gemm', name: 'hidden', inputs: ['x', 'w1', 'b1'], output: 'h', attributes },
      { op: 'Relu', name: 'relu', inputs: ['h'], output: 'r', attributes: null },
      { op: 'Gemm', name: 'line', inputs: ['r', 'w2', 'b2'], output: 'y', attributes },
    ],
    initializers: new Map([
      ['w1', tensor('float32', [KNOTS, 1], Float32Array.from(range, pace))],
      [
        'b1',
        tensor(
          'float32',
          [KNOTS],
          Float32Array.from(range, (k) => -k * step * pace(k)),
        ),
      ],
      [
        'w2',
        tensor(
          'float32',
          [1, KNOTS],
          Float32Array.from(range, (k) => (k === 0 ? slope(0) : slope(k) - slope(k - 1))),
        ),
      ],
      ['b2', tensor('float32', [1])],
    ]),
  }
}

/** A folder to run in, with the sine in `sine`; `labels` are whatever somebody may put there. */
function setUp(labels?: Uint8Array): string {
  const cwd = temporaryFolder()
  const folder = join(cwd, 'sine')
  mkdirSync(folder)
  const points = (count: number, shift: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => (2 * Math.PI * (i + shift)) / count)
  writeFileSync(join(folder, 'model_fp32.onnx'), exportOnnx(sineNet()))
  writeFileSync(join(folder, 'x_eval.npy'), formatNpy(tensor('float32', [SAMPLES, 1], points(SAMPLES, 0.5))))
  writeFileSync(join(folder, 'x_calib.npy'), formatNpy(tensor('float32', [SAMPLES, 1], points(SAMPLES, 0))))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ name: 'sine' }))
  if (labels !== undefined) writeFileSync(join(folder, 'y_eval.npy'), labels)
  return cwd
}

describe('a model of one output', () => {
  test('has no accuracy: it is judged by the fidelity of its output, and 4-bit weights that lose it are not shipped', async () => {
    const cwd = setUp(formatNpy(tensor('float32', [SAMPLES, 1])))
    const { code, stdout } = octet(cwd, 'bench', '--workload', 'sine', '--quick', ...REFERENCE)
    expect(code).toBe(0)
    const run = read(onlyRun(cwd))
    const [{ task, classes, baseline, notes }] = run.workloads
    expect([task, classes, baseline]).toEqual(['none', [], undefined])
    expect(notes.join()).toContain('no accuracy is computed and y_eval.npy is not used')
    for (const { task: score, fidelity, precision } of run.cells) {
      expect(score).toBeUndefined()
      expect(fidelity?.agreement).toBeUndefined()
      expect(fidelity?.device).toBe(precision === 'fp32' ? undefined : 'reference/reference')
    }
    const four = run.cells.filter(({ weights }) => weights.bits === 4)
    for (const { fidelity } of four) expect(fidelity!.sqnrDb).toBeLessThan(30)
    expect(stdout).toContain('output SQNR on 200 of 200 samples; the model has one output and so no accuracy')
    expect(stdout).not.toMatch(/ accuracy {2}|drop, points|agreement/)
    expect(stdout).toMatch(
      /Recommendation: Ship INT8, (?!4-bit).*fidelity of its output: SQNR against FP32 \d/,
    )

    const folder = onlyRun(cwd)
    expect((await inFolder(cwd, 'recommend', folder, '--min-sqnr-db', '5')).stdout).toMatch(
      /^Ship INT8, 4-bit/,
    )
    const strict = await inFolder(cwd, 'recommend', folder, '--min-sqnr-db', '200')
    expect(strict.stdout).toMatch(
      /^Ship FP32; .*no INT8 configuration meets the goals: the best .* has an SQNR of/,
    )
    const compared = await inFolder(cwd, 'compare', folder, folder)
    expect(compared.code).toBe(0)
    expect(compared.stdout).toContain('20 cells compared (accuracy of 0, fidelity of 19')
  })

  test('needs no labels, in a folder or as a file', async () => {
    const cwd = setUp()
    const narrow = ['--precision', 'int8', '--calibration', 'minmax', '--weight-bits', '8', '--quick']
    const out = ['--out', join(cwd, 'results'), ...REFERENCE]
    expect((await inProcess('bench', '--workload', join(cwd, 'sine'), ...narrow, ...out)).code).toBe(0)
    rmSync(join(cwd, 'results'), { recursive: true })
    const file = [
      '--workload',
      join(cwd, 'sine', 'model_fp32.onnx'),
      '--eval',
      join(cwd, 'sine', 'x_eval.npy'),
    ]
    expect((await inProcess('bench', ...file, ...narrow, ...out)).code).toBe(0)
    expect(read(onlyRun(cwd)).cells[0].fidelity?.sqnrDb).toBeGreaterThan(30)
  })

  test('has no plan, which keeps to a budget of accuracy', async () => {
    expect(await refusal('plan', join(setUp(), 'sine'))).toContain(
      'the model has one output and so no accuracy',
    )
  })
})
