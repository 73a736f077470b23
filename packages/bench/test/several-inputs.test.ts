import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensor } from '@octet/core'
import { encodeOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { expect, test } from 'vitest'
import { archive } from '../../workloads/test/npy/archive.ts'
import { temporaryFolder } from './folder.ts'
import { inFolder, onlyRun, read, refusal } from './session.ts'

const SAMPLES = 60
const [LEFT, RIGHT] = [
  [1, -1],
  [0.5, 0.25, -0.75],
]

/** y = LEFT · left + RIGHT · right. */
const MODEL = encodeOnnx({
  nodes: [
    { op: 'MatMul', inputs: ['left', 'v'], outputs: ['a'] },
    { op: 'MatMul', inputs: ['right', 'w'], outputs: ['b'] },
    { op: 'Add', inputs: ['a', 'b'], outputs: ['y'] },
  ],
  initializers: [
    { name: 'v', dtype: 'float32', shape: [2, 1], data: Float32Array.from(LEFT) },
    { name: 'w', dtype: 'float32', shape: [3, 1], data: Float32Array.from(RIGHT) },
  ],
  inputs: [
    { name: 'left', dtype: 'float32', shape: ['N', 2] },
    { name: 'right', dtype: 'float32', shape: ['N', 3] },
  ],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 1] }],
})

const random = (seed: number, width: number): Float32Array =>
  Float32Array.from({ length: SAMPLES * width }, (_, i) => 10 + 2 * Math.sin(seed + i * i))

/** Writes the arrays of both inputs, around 10; returns what the model says of them once they are around 0. */
function writeSamples(path: string, seed: number): Float32Array {
  const [left, right] = [random(seed, 2), random(seed + 1, 3)]
  const arrays = {
    left: tensor('float32', [SAMPLES, 2], left),
    right: tensor('float32', [SAMPLES, 3], right),
  }
  const files = Object.entries(arrays).map(([name, held]) => [`${name}.npy`, formatNpy(held)])
  writeFileSync(path, archive(Object.fromEntries(files), false))
  return Float32Array.from({ length: SAMPLES }, (_, n) => {
    const a = LEFT.reduce((sum, v, k) => sum + v * (left[2 * n + k] - 10), 0)
    return RIGHT.reduce((sum, w, k) => sum + w * 0.5 * (right[3 * n + k] - 10), a)
  })
}

test('a model of several inputs is swept on arrays by their names, each normalized by its own', async () => {
  const cwd = temporaryFolder()
  const place = (name: string): string => join(cwd, name)
  writeFileSync(place('two.onnx'), MODEL)
  const write = (inputs: unknown): void =>
    writeFileSync(
      place('m.json'),
      JSON.stringify({ input: { normalize: { offset: [10, 10], scale: 1 } }, inputs }),
    )
  write({ right: { normalize: { offset: 10, scale: 0.5 } } })
  writeSamples(place('calib.npz'), 1)
  const y = writeSamples(place('eval.npz'), 2)
  writeFileSync(place('y.npy'), formatNpy(tensor('float32', [SAMPLES, 1], y)))
  const data = ['--eval', place('eval.npz'), '--calib', place('calib.npz'), '--labels', place('y.npy')]
  const model = ['bench', '--workload', place('two.onnx'), '--manifest', place('m.json'), ...data]
  const sweep = ['--precision', 'fp32,int8', '--calibration', 'minmax', '--weight-bits', '8', '--quick']
  const { code } = await inFolder(cwd, ...model, ...sweep, '--kernels', 'reference,wasm', '--no-report')
  expect(code).toBe(0)
  const { cells } = read(onlyRun(cwd))
  expect(new Set(cells.map(({ precision }) => precision))).toEqual(new Set(['fp32', 'int8']))
  for (const { precision, task } of cells) {
    expect(task).toMatchObject({ samples: SAMPLES })
    expect(Math.abs(task!.value)).toBeLessThan(precision === 'fp32' ? 1e-5 : 0.05)
  }
  write({ left: { normalize: { offset: 10, scale: 0.5 } } })
  expect(await refusal(...model)).toContain(
    'inputs names "left", which is no input beside "left". name one of right',
  )
  write({ right: { normalize: { offset: [1, 2], scale: 0.5 } } })
  expect(await refusal(...model)).toContain('inputs.right.normalize.offset has 2 values for 3 channels')
})
