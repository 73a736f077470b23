// What a large model takes: its calibration over 64 samples of 224x224, and a whole quick sweep with 12 + 12 samples.
//
//   pnpm build
//   node packages/bench/experiments/large-models.mjs [--shapes resnet] [--megabytes 28] [--samples 64] [--sweep 12]
//
// Models and samples are made by seed (packages/onnx/bench/make-model.mjs). Calibration runs on kernels-wasm's exact
// kernels, which have the reference's results. Printed are seconds by the clock and CPU seconds of all threads, and
// what the sweep itself says of its stages is passed on with --verbose.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Calibration, modelOf, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { importOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import wasm from '../../kernels-wasm/dist/exact.js'

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: 'resnet' },
    megabytes: { type: 'string', default: '28' },
    samples: { type: 'string', default: '64' },
    sweep: { type: 'string', default: '12' },
    verbose: { type: 'boolean', default: false },
  },
})
const SIDE = 224
const BATCH = 32
const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Runs another script to its end, and says how long it took. */
function run(script, args) {
  const began = performance.now()
  const stdio = ['ignore', values.verbose ? 'inherit' : 'ignore', values.verbose ? 'inherit' : 'pipe']
  const { status, stderr } = spawnSync(process.execPath, [here(script), ...args], { stdio })
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr ?? ''}`)
  return (performance.now() - began) / 1000
}

/** Samples [count, 3, 224, 224] of normal noise. */
function noise(count, seed) {
  const random = new Random(seed)
  const shape = [count, 3, SIDE, SIDE]
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: count * 3 * SIDE * SIDE }, () => random.normal()),
  )
}

async function calibrate(file) {
  const exact = await wasm.open({ runtime: 'node', adapter: 'auto' })
  const { shape, data } = noise(Number(values.samples), 3)
  const each = data.length / shape[0]
  const batches = []
  for (let first = 0; first < shape[0]; first += BATCH) {
    const part = data.subarray(first * each, (first + BATCH) * each)
    batches.push(tensor('float32', [part.length / each, ...shape.slice(1)], part))
  }
  const [began, before] = [performance.now(), process.cpuUsage()]
  await new Calibration(modelOf(importOnnx(readFileSync(file))), RAW, batches, exact).calibrated()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - began) / 1000
  await exact.dispose()
  return { seconds, cpu: (user + system) / 1e6 }
}

const folder = mkdtempSync(join(tmpdir(), 'octet-large-'))
try {
  const count = Number(values.sweep)
  for (const [name, seed] of Object.entries({ eval: 1, calib: 2 }))
    writeFileSync(join(folder, `${name}.npy`), formatNpy(noise(count, seed)))
  for (const shape of values.shapes.split(',')) {
    const file = join(folder, `${shape}.onnx`)
    run('../../onnx/bench/make-model.mjs', [
      shape,
      '--megabytes',
      values.megabytes,
      '--side',
      `${SIDE}`,
      '--out',
      file,
    ])
    const { seconds, cpu } = await calibrate(file)
    console.log(
      `${shape}: ${values.samples} samples calibrated in ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} CPU s`,
    )
    const data = ['--eval', join(folder, 'eval.npy'), '--calib', join(folder, 'calib.npy')]
    const flags = ['--workload', file, ...data, '--quick', '--no-report', '--out', join(folder, 'results')]
    console.log(
      `${shape}: bench --quick with ${count} + ${count} samples in ` +
        `${run('../dist/bin.js', ['bench', ...flags]).toFixed(1)} s`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}
