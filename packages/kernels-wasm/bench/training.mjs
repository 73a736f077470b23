// Training steps of a model and of its quantized twin, in WebAssembly and in the trainer's own loops, and by the
// trainer before this package where OCTET_BEFORE names a built checkout of commit 1b83d58 (which had no
// quantization-aware training): one process, interleaved.
//   [OCTET_BEFORE=FOLDER] node bench/training.mjs [workload ...]
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AFFINE_INT8, Calibration, SYMMETRIC_INT8, modelOf } from '../../core/dist/index.js'
import { Network, QatNetwork, Trainer } from '../../train/dist/index.js'
import { openData } from '../../workloads/dist/builtin/catalog.js'
import { openWorkload } from '../../workloads/dist/index.js'
import training from '../dist/training.js'
import { median } from './race.mjs'

const [SAMPLES, BATCH] = [2048, 64]
const [WARM_UP, ROUNDS] = [4, 21]
const OPTIONS = {
  epochs: 1000,
  batchSize: BATCH,
  optimizer: { kind: 'sgd', learningRate: 1e-4, momentum: 0.9 },
  seed: 1,
}
const checkout = process.env.OCTET_BEFORE
const before =
  checkout && (await import(pathToFileURL(resolve(checkout, 'packages/core/dist/train/index.js'))))
const kernels = await training.open()

/** The step of a trainer. */
function stepper(network, samples) {
  const trainer = new Trainer(network, samples, OPTIONS)
  return () => trainer.next()
}

/** Milliseconds of each round, by contender. */
function race(contenders) {
  const times = contenders.map(() => [])
  for (let round = 0; round < WARM_UP + ROUNDS; round++)
    for (const [which, step] of contenders.entries()) {
      const begin = performance.now()
      step()
      if (round >= WARM_UP) times[which].push(performance.now() - begin)
    }
  return times
}

/** The model in integers, its ranges those of the samples. */
function quantized(graph, { x, normalizer }) {
  const calibration = new Calibration(modelOf(graph), normalizer, [
    { ...x, dtype: 'float32', data: Float32Array.from(x.data) },
  ])
  return calibration.quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
    transforms: { equalization: 'none', rounding: 'nearest', biasCorrection: false },
  })
}

function print(name, [own, simd, old]) {
  const over = (base) => `${median(base.map((ms, i) => ms / simd[i])).toFixed(2)}x`
  console.log(
    `${name}: ${median(own).toFixed(2)} by the trainer's loops, ${median(simd).toFixed(2)} in ` +
      `WebAssembly, ${over(own)}` +
      (old ? `; ${median(old).toFixed(2)} before, ${over(old)}` : ''),
  )
}

const names = process.argv.slice(2)
console.log(`${process.version}: ms a step of ${BATCH} samples`)
for (const name of names.length > 0 ? names : ['mnist-cnn', 'fashion-mobilenet', 'weather-mlp']) {
  const { normalizer, training } = await openData(name)
  const { graph } = await openWorkload(name)
  const { x, y } = await training()
  const count = Math.min(SAMPLES, y.length)
  const each = x.data.length / y.length
  const samples = {
    x: { ...x, shape: [count, ...x.shape.slice(1)], data: x.data.subarray(0, count * each) },
    y: y.subarray(0, count),
    normalizer,
  }
  const contenders = [undefined, kernels].map((by) => stepper(new Network(graph, BATCH, by), samples))
  if (before) {
    const trainer = new before.Trainer(graph, samples, OPTIONS)
    contenders.push(() => trainer.next())
  }
  print(name, race(contenders))
  const start = await quantized(graph, samples)
  for (const learned of [false, true]) {
    const twins = [{}, { kernels }].map((by) => new QatNetwork(start, BATCH, { graph, learned, ...by }))
    const times = race(twins.map((network) => stepper(network, samples)))
    print(`${name}, QAT, ${learned ? 'learned' : 'observed'} scales`, times)
  }
}
