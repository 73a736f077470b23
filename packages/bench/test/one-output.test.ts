import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, tensor } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { inFolder, inProcess, onlyRun, read, REFERENCE, refusal } from './session.ts'

const KNOTS = 12
const SAMPLES = 200

/** Of many sizes, so that weights of 4 bits are too coarse for them. */
const uneven = (k: number): number => 10 ** (((k * 5) % 7) / 4)

/** A line through KNOTS points of a curve over one period, as a net of two layers: of a sine at an even pace. */
function sineNet(pace: (k: number) => number): Graph {
  const step = (2 * Math.PI) / KNOTS
  const slope = (k: number): number => (Math.sin((k + 1) * step) - Math.sin(k * step)) / step
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

/** Places along one period. */
function xs(shift: number): Float32Array {
  return Float32Array.from({ length: SAMPLES }, (_, i) => (2 * Math.PI * (i + shift)) / SAMPLES)
}

/** A folder to run in, with the sine in `sine`; `labels` are a file of them. */
function setUp(labels?: Uint8Array): string {
  const cwd = temporaryFolder()
  const folder = join(cwd, 'sine')
  mkdirSync(folder)
  writeFileSync(join(folder, 'model_fp32.onnx'), exportOnnx(sineNet(labels === undefined ? uneven : () => 1)))
  writeFileSync(join(folder, 'x_eval.npy'), formatNpy(tensor('float32', [SAMPLES, 1], xs(0.5))))
  writeFileSync(join(folder, 'x_calib.npy'), formatNpy(tensor('float32', [SAMPLES, 1], xs(0))))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ name: 'sine' }))
  if (labels !== undefined) writeFileSync(join(folder, 'y_eval.npy'), labels)
  return cwd
}

describe('a model of one output', () => {
  test('without labels is judged by the fidelity of its output, and no 4-bit weights that lose it ship', async () => {
    const cwd = setUp()
    const { code, stdout } = await inFolder(cwd, 'bench', '--workload', 'sine', '--quick', ...REFERENCE)
    expect(code).toBe(0)
    const run = read(onlyRun(cwd))
    const [{ task, classes, baseline, notes }] = run.workloads
    expect([task, classes, baseline]).toEqual(['none', [], undefined])
    expect(notes.join()).toContain('there are no labels, so no accuracy is computed')
    for (const { task: score, fidelity, precision } of run.cells) {
      expect(score).toBeUndefined()
      expect(fidelity?.agreement).toBeUndefined()
      expect(fidelity?.device).toBe(precision === 'fp32' ? undefined : 'reference/reference')
    }
    const four = run.cells.filter(({ weights }) => weights.bits === 4)
    for (const { fidelity } of four) expect(fidelity!.sqnrDb).toBeLessThan(30)
    expect(stdout).toContain('output SQNR on 200 of 200 samples; there are no labels and so no accuracy')
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
    expect(compared.stdout).toContain('20 cells compared (fidelity of 19')
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

  test('with values for labels is a regression, judged by its RMSE in the unit of the labels', async () => {
    const cwd = setUp(formatNpy(tensor('float32', [SAMPLES, 1], Float32Array.from(xs(0.5), Math.sin))))
    const { code, stdout, stderr } = await inFolder(
      cwd,
      'bench',
      '--workload',
      'sine',
      '--quick',
      ...REFERENCE,
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('sine: judged as regression')])
    const run = read(onlyRun(cwd))
    const [{ task, baseline }] = run.workloads
    expect([task, baseline]).toEqual(['regression', expect.closeTo(Math.SQRT1_2, 4)])
    const fp32 = run.cells.find(({ precision }) => precision === 'fp32')!.task!
    // A line through 12 points of a sine is off by a fortieth of its deviation.
    expect(fp32).toMatchObject({ value: expect.closeTo(0.0176, 4), scale: baseline, higherIsBetter: false })
    expect(fp32.beside).toEqual({ MAE: expect.closeTo(0.0149, 3), R2: expect.closeTo(0.9994, 4) })
    for (const { task: score, weights } of run.cells)
      if (weights.bits === 4) expect(score!.loss).toBeGreaterThan(0.003)
    expect(stdout).toMatch(/RMSE +rise \[95%\] +MAE +R2/)
    expect(stdout).toContain('always answering the mean scores 0.7071')
    // 4-bit weights lose 0.6% of the deviation.
    expect(stdout).toMatch(/Recommendation: Ship INT8, 4-bit .*root mean square error/)
    const strict = await inFolder(cwd, 'recommend', onlyRun(cwd), '--max-drop', '0.5')
    expect(strict.stdout).toMatch(/^Ship INT8, (?!4-bit)/)
    const compared = await inFolder(cwd, 'compare', onlyRun(cwd), onlyRun(cwd))
    expect(compared.stdout).toContain('20 cells compared (RMSE of 20, fidelity of 19')
    const planned = await inFolder(cwd, 'plan', 'sine', '--samples', '100')
    expect(planned.stdout).toMatch(/Plan: .* of weights, 0\.0\d+, a rise of/)
  })

  test('with 0 and 1 for labels is a decision at a threshold, of logits here', async () => {
    const isUp = Float32Array.from(xs(0.5), (x) => Number(Math.sin(x) > 0))
    const cwd = setUp(formatNpy(tensor('float32', [SAMPLES], isUp)))
    const narrow = ['--precision', 'int8', '--calibration', 'minmax', '--weight-bits', '8', '--quick']
    const [model, evaluation, labels] = ['model_fp32.onnx', 'x_eval.npy', 'y_eval.npy'].map((name) =>
      join(cwd, 'sine', name),
    )
    const bench = (...more: string[]): ReturnType<typeof inFolder> =>
      inFolder(cwd, 'bench', '--workload', model, '--eval', evaluation, ...narrow, ...more, ...REFERENCE)
    const { code, stdout } = await bench('--labels', labels)
    expect(code).toBe(0)
    expect(stdout).toContain('yes from a probability of 0.5 on, the outputs taken for logits')
    expect(stdout).toMatch(/accuracy +drop, points \[95%\] +AUC +F1/)
    const { workloads, cells } = read(onlyRun(cwd))
    expect(workloads[0]).toMatchObject({ task: 'binary', decision: { threshold: 0.5, outputs: 'logits' } })
    expect(cells[0].task).toMatchObject({ id: 'binary', beside: { AUC: 1, F1: expect.closeTo(1, 1) } })
    expect(cells[0].task!.value).toBeGreaterThan(0.98)
    rmSync(join(cwd, 'results'), { recursive: true })
    // The logit of 0.73 is 0.99: hardly a point of the sine is above it.
    expect((await bench('--labels', labels, '--threshold', '0.73')).code).toBe(0)
    expect(read(onlyRun(cwd)).cells[0].task!.value).toBeLessThan(0.6)
    rmSync(join(cwd, 'results'), { recursive: true })
    expect((await bench('--task', 'features')).stderr).toContain(
      'has one output, of whose direction only the sign is left',
    )
    const refused = await bench('--task', 'binary')
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('the task is binary, and no labels'),
    ])
    expect((await bench('--labels', labels, '--task', 'classification')).stderr).toContain(
      'has one output and so no classes',
    )
  })

  test('has no plan without labels, as that keeps to a budget of accuracy', async () => {
    expect(await refusal('plan', join(setUp(), 'sine'))).toContain('there are no labels and so no accuracy')
  })
})
