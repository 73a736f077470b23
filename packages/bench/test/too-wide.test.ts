import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensor, type Graph } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { inProcess, onlyRun, read, REFERENCE } from './session.ts'

const SAMPLES = 40

/** Two outputs that lie 6e38 apart: float32 holds either, and no scale the two. */
const WIDE: Graph = {
  name: 'wide',
  inputs: [{ name: 'x', shape: [1] }],
  output: 'y',
  nodes: [
    {
      op: 'Gemm',
      name: 'wide',
      inputs: ['x', 'w'],
      output: 'y',
      attributes: { alpha: 1, beta: 1, transA: false, transB: true },
    },
  ],
  initializers: new Map([['w', tensor('float32', [2, 1], Float32Array.of(3e38, -3e38))]]),
}

test('a range without a scale fails the cells that need it, by the name of a tensor; the run is whole', async () => {
  const cwd = temporaryFolder()
  const folder = join(cwd, 'wide')
  mkdirSync(folder)
  const x = (shift: number) =>
    formatNpy(
      tensor(
        'float32',
        [SAMPLES, 1],
        Float32Array.from({ length: SAMPLES }, (_, i) => (i + shift) / SAMPLES),
      ),
    )
  writeFileSync(join(folder, 'model_fp32.onnx'), exportOnnx(WIDE))
  writeFileSync(join(folder, 'x_eval.npy'), x(0.5))
  writeFileSync(join(folder, 'x_calib.npy'), x(1))
  writeFileSync(join(folder, 'y_eval.npy'), formatNpy(tensor('int32', [SAMPLES])))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ name: 'wide' }))
  // The median of each side has a scale: its layers are described beside a strategy that has none.
  const swept = ['--precision', 'fp32,int8', '--calibration', 'percentile-25,minmax,auto', '--quick']
  const out = ['--out', join(cwd, 'results'), ...REFERENCE]
  expect((await inProcess('bench', '--workload', folder, ...swept, ...out)).code).toBe(1)
  const run = read(onlyRun(cwd))
  expect(run.cells.find(({ precision }) => precision === 'fp32')?.task?.value).toBe(1)
  for (const cell of run.cells.filter(({ calibration }) => calibration === 'minmax'))
    expect([cell.status, cell.reason]).toEqual([
      'failed',
      expect.stringMatching(/^tensor "y": its range \[-3.+, 3.+\] is wider than float32 can say/),
    ])
  const small = run.cells.filter(({ calibration }) => calibration === 'percentile-25')
  expect(small.length).toBeGreaterThan(0)
  // A busy machine makes a time unstable; the cell is measured all the same.
  for (const { status } of small) expect(['ok', 'unstable']).toContain(status)
  const described = run.layers.find(({ tensor: name }) => name === 'y')
  expect(Object.keys(described?.perCalibration ?? {})).toEqual(['percentile-25'])
})
