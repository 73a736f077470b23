import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, tensor } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { expect, test } from 'vitest'
import { readCertificate, sealed, writeCertificate } from '../src/certificate/certificate.ts'
import { decoded, encoded } from '../src/certificate/numbers.ts'
import { RUNTIMES_FOLDER } from '../src/certificate/runtime/install.ts'
import { temporaryFolder } from './folder.ts'
import { inFolder, onlyRun, read } from './session.ts'

const SAMPLES = 80
const FADING = 0.75

/** y = h = 0.75 s + x, and h is the next sample's s. */
const graph: Graph = {
  name: 'fading',
  inputs: ['x', 's'].map((name) => ({ name, shape: [1] })),
  output: 'y',
  nodes: [
    { op: 'Concat', name: 'both', inputs: ['x', 's'], output: 'c', attributes: { axis: 1 } },
    {
      op: 'Gemm',
      name: 'fade',
      inputs: ['c', 'w'],
      output: 'h',
      attributes: { alpha: 1, beta: 1, transA: false, transB: true },
    },
    { op: 'Tanh', name: 'squash', inputs: ['h'], output: 'y', attributes: null },
  ],
  initializers: new Map([['w', tensor('float32', [1, 2], Float32Array.of(1, FADING))]]),
  batch: 'one',
  states: [{ input: 's', output: 'h' }],
}

const INSTALLED = existsSync(join(RUNTIMES_FOLDER, 'node_modules', '.package-lock.json'))

test('a streaming model has a certificate: each input starts from the state that the one before leaves', async () => {
  const cwd = temporaryFolder()
  const x = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i * i))
  writeFileSync(join(cwd, 'x.npy'), formatNpy(tensor('float32', [20, 1], x)))
  writeFileSync(join(cwd, 'fading.onnx'), exportOnnx(graph))
  const data = ['--calib', 'x.npy', '--normalize', 'none', '--calibration', 'minmax', '--vectors', '5']
  const { code, stderr } = await inFolder(
    cwd,
    'quantize',
    'fading.onnx',
    '--state',
    's=h',
    ...data,
    '--out',
    'q.onnx',
  )
  expect([code, stderr]).toEqual([0, expect.anything()])
  const {
    sha256: _,
    format: __,
    arithmetic: ___,
    ...certificate
  } = readCertificate(join(cwd, 'q.certificate.json'))
  expect(certificate.states).toMatchObject([{ name: 'h', input: 's' }])
  expect(certificate.inputs.map(({ name }) => name)).toEqual(['x', 's'])
  const state = Array.from({ length: 5 }, (_, i) => decoded('float32', certificate.inputs[1].data, i, 1)[0])
  expect(state[0]).toBe(0)
  for (let i = 1; i < 5; i++) expect(state[i]).toBeCloseTo(FADING * state[i - 1] + x[i - 1], 1)
  const verified = async (runtime: string, ...more: string[]): ReturnType<typeof inFolder> =>
    inFolder(cwd, 'verify', 'q.onnx', ...more, '--runtime', runtime)
  for (const runtime of INSTALLED ? ['octet', 'ort-node'] : ['octet']) {
    const proof = await verified(runtime)
    expect([proof.code, proof.stdout]).toEqual([0, expect.stringContaining('tensors are equal for 5 inputs')])
  }
  const [first, second] = certificate.inputs
  const other = Float32Array.from(state, (value, i) => (i === 3 ? value + 0.5 : value))
  const inputs = [first, { ...second, data: encoded([other]) }]
  writeCertificate(join(cwd, 'other.json'), sealed({ ...certificate, inputs }))
  const wrong = await verified('octet', 'other.json')
  expect([wrong.code, wrong.stdout]).toEqual([
    1,
    expect.stringContaining('state "h" differs for 2 inputs: 2 elements, by at most 0.5'),
  ])
})

test('a streaming model is calibrated and judged sample after sample, on every device', async () => {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'data'))
  const write = (name: string, seed: number): Float32Array => {
    const x = Float32Array.from({ length: SAMPLES }, (_, i) => Math.sin(seed + i * i))
    writeFileSync(join(cwd, 'data', `${name}.npy`), formatNpy(tensor('float32', [SAMPLES, 1], x)))
    return x
  }
  write('calib', 1)
  let h = 0
  const y = write('eval', 2).map((x) => Math.tanh((h = FADING * h + x)))
  writeFileSync(join(cwd, 'data', 'y.npy'), formatNpy(tensor('float32', [SAMPLES, 1], y)))
  writeFileSync(join(cwd, 'data', 'fading.onnx'), exportOnnx(graph))
  const data = ['--eval', 'data/eval.npy', '--calib', 'data/calib.npy', '--labels', 'data/y.npy']
  const model = ['--workload', 'data/fading.onnx', '--state', 's=h', '--normalize', 'none']
  const sweep = ['--precision', 'fp32,int8', '--calibration', 'minmax', '--weight-bits', '8', '--quick']
  const few = ['--samples', '50', '--kernels', 'reference,wasm', '--no-report']
  const { code, stderr } = await inFolder(cwd, 'bench', ...model, ...data, ...sweep, ...few)
  expect([code, stderr]).toEqual([0, expect.anything()])
  const { cells } = read(onlyRun(cwd))
  for (const { status, precision, task } of cells) {
    expect(['ok', 'unstable']).toContain(status)
    expect(task).toMatchObject({ samples: 50 })
    expect(Math.abs(task!.value)).toBeLessThan(precision === 'fp32' ? 1e-6 : 0.05)
  }
})
