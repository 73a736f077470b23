import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { tensor, type Graph } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { expect, it, onTestFinished, vi } from 'vitest'
import { batchOf, formatNpy, isFiled, openModel, partsOf, sizeOf } from '../../src/index.ts'
import { temporaryFolder } from '../temporary.ts'

const FEATURES = 2 ** 16
/** 9 MiB of bytes. */
const CALIBRATION = 144
const MIB = 2 ** 20

const attributes = { alpha: 1, beta: 1, transA: false, transB: true }
const graph: Graph = {
  name: 'wide',
  inputs: [{ name: 'x', shape: [FEATURES] }],
  output: 'y',
  nodes: [{ op: 'Gemm', name: 'gemm', inputs: ['x', 'w'], output: 'y', attributes }],
  initializers: new Map([['w', tensor('float32', [1, FEATURES], new Float32Array(FEATURES).fill(1))]]),
}

/** Evaluation samples of ones, twos and threes; calibration samples of zeros, of which the last is of threes. */
async function write(): Promise<{ model: string; evaluation: string; calibration: string }> {
  const folder = await temporaryFolder()
  const [model, evaluation, calibration] = ['m.onnx', 'x.npy', 'c.npy'].map((name) => join(folder, name))
  fs.writeFileSync(model, exportOnnx(graph))
  const x = Uint8Array.from({ length: 3 * FEATURES }, (_, i) => 1 + Math.floor(i / FEATURES))
  fs.writeFileSync(evaluation, formatNpy(tensor('uint8', [3, FEATURES], x)))
  const header = formatNpy(tensor('uint8', [CALIBRATION, FEATURES])).subarray(0, 128)
  const file = fs.openSync(calibration, 'w')
  fs.writeSync(file, header)
  fs.ftruncateSync(file, header.length + CALIBRATION * FEATURES)
  fs.writeSync(file, x, 2 * FEATURES, FEATURES, header.length + (CALIBRATION - 1) * FEATURES)
  fs.closeSync(file)
  return { model, evaluation, calibration }
}

it('calibration samples of a file are read in parts, wherever all of them are looked at', async () => {
  const files = await write()
  const read = vi.spyOn(fs, 'readSync')
  syncBuiltinESMExports()
  onTestFinished(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })
  const { calibration, evaluation, notes } = await openModel(files)
  expect(notes[0]).toContain('1 of 3 evaluation samples are left out')
  expect(sizeOf(evaluation)).toBe(2)
  expect(isFiled(calibration)).toBe(true)
  expect(sizeOf(calibration)).toBe(CALIBRATION)
  const last = batchOf(calibration, CALIBRATION - 2, 9)
  expect(last).toEqual(tensor('float32', [2, FEATURES], new Float32Array(2 * FEATURES).fill(3, FEATURES)))
  let passed = 0
  for (const { x } of partsOf(calibration)) passed += x.data.length
  expect(passed).toBe(CALIBRATION * FEATURES)
  const lengths = read.mock.results.map(({ value }) => Number(value))
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(18 * MIB)
  expect(Math.max(...lengths)).toBe(4 * MIB)
  fs.appendFileSync(files.calibration, 'x')
  expect(() => batchOf(calibration, 0, 1)).toThrow(`${files.calibration} changed while it was in use`)
})
