// How ONNX Runtime rounds the Add of two tensors of integers: docs/certificates.md has what it printed.
//
//   pnpm build
//   node packages/bench/experiments/additions.mjs [--samples N] WORKLOAD...
//
// `octet quantize` writes the models of a workload with 8-bit and 4-bit weights, per tensor and per channel. ONNX
// Runtime computes the first samples with the tensors inside as outputs, with its default optimizations and with none.
// Each Add is then computed again from the integers that the runtime itself put in, in three ways:
//
// - octet: the sum of both real values times the inverse of the output's scale;
// - onnx: the same sum divided by the output's scale, as the nodes of the file say;
// - fused: (a * s_a / s_y + c) + b * s_b / s_y with one rounding for each product and sum, c holding all zero points.
//
// Counted are the integers of the runtime that are others.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withOutputs } from '@octet/onnx'
import { readCertificate, sizeOf } from '../dist/certificate/certificate.js'
import { decoded } from '../dist/certificate/numbers.js'
import { installRuntimes, RUNTIMES_FOLDER } from '../dist/certificate/runtime/install.js'
import { importPeer } from '../dist/peers/library/import.js'

const OCTET = fileURLToPath(new URL('../dist/bin.js', import.meta.url))
const KINDS = [8, 4].flatMap((bits) =>
  ['per-tensor', 'per-channel'].map((granularity) => ({ bits, granularity })),
)
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'].flatMap((library) =>
  ['all', 'disabled'].map((level) => ({ library, level })),
)
/** Named, because both packages share one list of backends and would take the first of it. */
const PROVIDERS = { 'onnxruntime-node': ['cpu'], 'onnxruntime-web': ['wasm'] }
const BOUNDS = { uint8: [0, 255], int8: [-128, 127] }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { samples: { type: 'string', default: '100' } },
})

const { fround } = Math
function rint(x) {
  const low = Math.floor(x)
  const rest = x - low
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1
}
function realSum(a, b, A, B) {
  return fround(fround((a - A.zeroPoint) * A.scale) + fround((b - B.zeroPoint) * B.scale))
}

/** Integers before the clamp. */
const WAYS = {
  octet: (a, b, A, B, Y) => rint(fround(realSum(a, b, A, B) * fround(1 / Y.scale))) + Y.zeroPoint,
  onnx: (a, b, A, B, Y) => rint(fround(realSum(a, b, A, B) / Y.scale)) + Y.zeroPoint,
  fused: (a, b, A, B, Y) => {
    const [ratioA, ratioB] = [fround(A.scale / Y.scale), fround(B.scale / Y.scale)]
    const moved = fround(fround(ratioA * A.zeroPoint) + fround(ratioB * B.zeroPoint))
    return rint(fround(fround(a * ratioA + fround(Y.zeroPoint - moved)) + b * ratioB))
  },
}

function octet(...args) {
  const { status, stderr } = spawnSync(process.execPath, [OCTET, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`octet ${args.join(' ')} ended with ${status}: ${stderr}`)
}

/** Integers of the Add layers of a file that a runtime computes otherwise, by each way. */
async function counted(file, certificate, { library, level }) {
  const ort = await importPeer(library, RUNTIMES_FOLDER)
  if (ort.env.wasm !== undefined) ort.env.wasm.numThreads = 1
  const { inputs, tensors, vectors } = certificate
  const model = withOutputs(readFileSync(file), tensors)
  const options = {
    logSeverityLevel: 3,
    graphOptimizationLevel: level,
    executionProviders: PROVIDERS[library],
  }
  const session = await ort.InferenceSession.create(model, options)
  const counts = { integers: 0, octet: 0, onnx: 0, fused: 0 }
  for (let vector = 0; vector < vectors.count; vector++) {
    const feeds = inputs.map(({ name, dtype, shape, data }) => [
      name,
      new ort.Tensor(dtype, decoded(dtype, data, vector, sizeOf(shape)), shape),
    ])
    const outputs = await session.run(Object.fromEntries(feeds))
    for (const tensor of tensors.filter(({ op, from }) => op === 'Add' && from.length === 2)) {
      const [A, B] = tensor.from.map((place) => tensors[place])
      const [a, b, y] = [A, B, tensor].map(({ name }) => outputs[name].data)
      if (a.length !== y.length || b.length !== y.length) continue
      const [low, high] = BOUNDS[tensor.dtype]
      counts.integers += y.length
      for (const [way, of] of Object.entries(WAYS))
        for (const [i, got] of y.entries())
          if (got !== Math.min(high, Math.max(low, of(a[i], b[i], A, B, tensor)))) counts[way]++
    }
  }
  await session.release()
  return counts
}

await installRuntimes(() => console.error('installing ONNX Runtime'))
for (const workload of positionals)
  for (const { bits, granularity } of KINDS) {
    const folder = mkdtempSync(join(tmpdir(), 'octet-additions-'))
    try {
      const [file, beside] = [join(folder, 'model.onnx'), join(folder, 'model.certificate.json')]
      const kind = ['--weight-bits', String(bits), '--granularity', granularity, '--calibration', 'minmax']
      octet('quantize', workload, ...kind, '--out', file, '--vectors', values.samples)
      const certificate = readCertificate(beside)
      for (const runtime of RUNTIMES) {
        const counts = await counted(file, certificate, runtime)
        const words = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
        console.log(
          `W${bits} ${granularity}, ${runtime.library}, optimizations ${runtime.level}: ${words.join(', ')}`,
        )
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
