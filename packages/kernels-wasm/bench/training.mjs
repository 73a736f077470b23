// Training steps with matrix products in WebAssembly and in core's own loops, and by the trainer before this package where OCTET_BEFORE names
// a built checkout of commit 1b83d58: one process, interleaved.
//   [OCTET_BEFORE=FOLDER] node bench/training.mjs [workload ...]
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Network, Trainer, computeProductsBy } from '../../core/dist/train/index.js'
import { openData, openWorkload } from '../../workloads/dist/index.js'
import wasm from '../dist/index.js'
import { median } from './race.mjs'

const SAMPLES = 2048
const [WARM_UP, ROUNDS] = [4, 21]
const checkout = process.env.OCTET_BEFORE
const before =
  checkout && (await import(pathToFileURL(resolve(checkout, 'packages/core/dist/train/index.js'))))
const kernels = await wasm.products({ runtime: 'node', adapter: 'auto' })
const names = process.argv.slice(2)
console.log(`${process.version}: ms a step of 64 samples`)
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
  const options = {
    epochs: 100,
    batchSize: 64,
    optimizer: { kind: 'sgd', learningRate: 1e-4, momentum: 0.9 },
    seed: 1,
  }
  const contenders = [undefined, kernels].map((by) => {
    computeProductsBy(by)
    const trainer = new Trainer(new Network(graph, options.batchSize), samples, options)
    return () => {
      computeProductsBy(by)
      return trainer.next()
    }
  })
  if (before) {
    const trainer = new before.Trainer(graph, samples, options)
    contenders.push(() => trainer.next())
  }
  const times = contenders.map(() => [])
  for (let round = 0; round < WARM_UP + ROUNDS; round++)
    for (const [which, step] of contenders.entries()) {
      const begin = performance.now()
      step()
      if (round >= WARM_UP) times[which].push(performance.now() - begin)
    }
  const [own, simd, old] = times
  const over = (base) => `${median(base.map((ms, i) => ms / simd[i])).toFixed(2)}x`
  console.log(
    `${name}: ${median(own).toFixed(2)} in core, ${median(simd).toFixed(2)} in WebAssembly, ${over(own)}` +
      (old ? `; ${median(old).toFixed(2)} before, ${over(old)}` : ''),
  )
}
