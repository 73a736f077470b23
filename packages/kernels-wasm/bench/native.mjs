// Whole models beside native onnxruntime-node, one thread each, batch 1, from the input on the host to the output on
// the host; INT8 on the same quantized model in QDQ form. One process, interleaved; medians of paired ratios.
//   node bench/native.mjs [workload ...]
// The first use installs the peer into packages/bench/runtimes, as its lockfile has it.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { load, openReference } from '../../core/dist/index.js'
import { exportOnnx } from '../../onnx/dist/index.js'
import wasm from '../dist/index.js'
import { qdqModel } from './qdq.mjs'
import { median, race, ratio } from './race.mjs'
import { subjectOf } from './subject.mjs'

const folder = fileURLToPath(new URL('../../bench/runtimes', import.meta.url))
const entry = `${folder}/node_modules/onnxruntime-node/dist/index.js`
if (!existsSync(entry))
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  })
const { default: ort } = await import(entry)

const names = process.argv.slice(2)
const adapters = await wasm.adapters({ runtime: 'node', adapter: 'auto' })
const open = (adapter) => wasm.open({ runtime: 'node', adapter })
const device = await open('wasm-1-thread')
const fused = adapters.some(({ id }) => id === 'wasm-1-thread-fused') && (await open('wasm-1-thread-fused'))

console.log(`${process.version}, ${cpus()[0].model}, ${device.info.modes.int8}`)
console.log(
  'us: FP32, FP32 fused, INT8, native FP32, native INT8; times of native over ours by precision; INT8 over FP32',
)
for (const name of names.length > 0 ? names : ['weather-mlp', 'mnist-cnn', 'fashion-mobilenet']) {
  const subject = await subjectOf(name)
  const { graph, model, quantized, x } = subject
  const f32 = await load(subject.fp32, device)
  const int8 = await load(subject.int8, device)
  const fusedF32 = fused ? await load(subject.fp32, fused) : f32
  const shape = [1, ...graph.inputs[0].shape]
  const answer = await int8.run(x)
  const expected = await (await load(subject.int8, openReference())).run(x)
  if (answer.data.some((value, i) => value !== expected.data[i] && !subject.hasSoftmax))
    throw new Error(`${name}: int8 differs from the reference`)
  const input = new ort.Tensor('float32', Float32Array.from(subject.normalized), shape)
  const theirs = await sessionOf(qdqModel(quantized, shape, answer.shape), {
    [`${graph.inputs[0].name}.float`]: input,
  })
  const floats = await sessionOf(exportOnnx(model.graph), { [graph.inputs[0].name]: input })
  const largest = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])))
  const apart = [
    largest((await f32.run(x)).data, Object.values(await floats())[0].data),
    largest(answer.data, Object.values(await theirs())[0].data),
  ]
  const times = await race(
    {
      f32: () => f32.run(x),
      ...(fused && { fused: () => fusedF32.run(x) }),
      int8: () => int8.run(x),
      nativeF32: floats,
      nativeInt8: theirs,
    },
    // Short turns: of many some meet no other work.
    { rounds: 151, region: 2, pause: 0 },
  )
  const least = (one) => Math.min(...times[one])
  const best = [
    ['FP32', 'nativeF32', fused ? 'fused' : 'f32'],
    ['INT8', 'nativeInt8', 'int8'],
  ].map(([precision, native, own]) => `${precision} ${(least(native) / least(own)).toFixed(2)}`)
  const us = ['f32', 'fused', 'int8', 'nativeF32', 'nativeInt8'].map((one) =>
    times[one] ? (1000 * median(times[one])).toFixed(1) : '-',
  )
  console.log(
    `${subject.title}: ${us.join('  ')}; FP32 ${ratio(times.nativeF32, times.f32)}` +
      (fused ? `, fused ${ratio(times.nativeF32, times.fused)}` : '') +
      `, INT8 ${ratio(times.nativeInt8, times.int8)}; ${ratio(times.fused ?? times.f32, times.int8)}; ` +
      `of the shortest turns: ${best.join(', ')}, in us ${Object.keys(times)
        .map((one) => `${one} ${(1000 * least(one)).toFixed(1)}`)
        .join(', ')}; answers apart ${apart.map((value) => value.toPrecision(2)).join(', ')}`,
  )
}
process.exit(0)

/** Runs of a model on one thread. */
async function sessionOf(bytes, feeds) {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  return () => session.run(feeds)
}
