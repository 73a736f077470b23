import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Graph, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'

/** A folder of its own, in the one that goes when the tests end. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'octet-bench-'))
}

/** Three classes of points around the axes: a dense net with one hidden layer tells them apart without training. */
export const GRAPH: Graph = {
  name: 'points',
  inputs: [{ name: 'x', shape: [3] }],
  output: 'y',
  nodes: [
    {
      op: 'Gemm',
      name: 'hidden',
      inputs: ['x', 'w1', 'b1'],
      output: 'h',
      attributes: { alpha: 1, beta: 1, transA: false, transB: true },
    },
    { op: 'Relu', name: 'relu', inputs: ['h'], output: 'r', attributes: null },
    {
      op: 'Gemm',
      name: 'classes',
      inputs: ['r', 'w2', 'b2'],
      output: 'y',
      attributes: { alpha: 1, beta: 1, transA: false, transB: true },
    },
  ],
  initializers: new Map([
    [
      'w1',
      tensor('float32', [4, 3], Float32Array.of(1, -0.4, -0.4, -0.4, 1, -0.4, -0.4, -0.4, 1, 0.3, 0.3, 0.3)),
    ],
    ['b1', tensor('float32', [4], Float32Array.of(0, 0, 0, 0.1))],
    ['w2', tensor('float32', [3, 4], Float32Array.of(1, 0, 0, 0.1, 0, 1, 0, 0.1, 0, 0, 1, 0.1))],
    ['b2', tensor('float32', [3])],
  ]),
}

export interface FolderChanges {
  /** Evaluation samples. */
  readonly samples?: number
  readonly calibration?: number
  /** Training samples; default none. */
  readonly training?: number
  /** Changes evaluation or calibration values in place. */
  readonly spoil?: (x: Float32Array, what: 'evaluation' | 'calibration') => void
}

/** Writes a workload folder that the model above gets mostly right. Different names give different data. */
export function writeWorkload(
  folder: string,
  { samples = 60, calibration = 24, training = 0, spoil }: FolderChanges = {},
): string {
  const random = new Random(5)
  const points = (count: number): { x: Float32Array; y: Int32Array } => {
    const y = Int32Array.from({ length: count }, (_, i) => i % 3)
    const x = Float32Array.from(
      { length: count * 3 },
      (_, i) => Number(i % 3 === Math.floor(i / 3) % 3) + random.uniform(),
    )
    return { x, y }
  }
  const [evaluation, calibrating] = [points(samples), points(calibration)]
  spoil?.(evaluation.x, 'evaluation')
  spoil?.(calibrating.x, 'calibration')
  // Labels that the model must get wrong, so that accuracy depends on which samples are chosen.
  for (let i = 0; i < samples; i += 5) if ((i * 7) % 3 > 0) evaluation.y[i] = (evaluation.y[i] + 1) % 3
  writeFileSync(join(folder, 'model_fp32.onnx'), exportOnnx(GRAPH))
  writeFileSync(join(folder, 'x_eval.npy'), formatNpy(tensor('float32', [samples, 3], evaluation.x)))
  writeFileSync(join(folder, 'y_eval.npy'), formatNpy(tensor('int32', [samples], evaluation.y)))
  writeFileSync(join(folder, 'x_calib.npy'), formatNpy(tensor('float32', [calibration, 3], calibrating.x)))
  if (training > 0) {
    const { x, y } = points(training)
    writeFileSync(join(folder, 'x_train.npy'), formatNpy(tensor('float32', [training, 3], x)))
    writeFileSync(join(folder, 'y_train.npy'), formatNpy(tensor('int32', [training], y)))
  }
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({ name: 'points', classes: ['a', 'b', 'c'], license: 'none', source: 'made by a test' }),
  )
  return folder
}
