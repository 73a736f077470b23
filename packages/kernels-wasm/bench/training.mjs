// Training steps with matrix products in WebAssembly and in core's own loops: one process, interleaved.
//   node bench/training.mjs [workload ...]
import { Network, Trainer, computeProductsBy } from '../../core/dist/train/index.js'
import { openData, openWorkload } from '../../workloads/dist/index.js'
import wasm from '../dist/index.js'
import { median } from './race.mjs'

const SAMPLES = 2048
const product = await wasm.products({ runtime: 'node', adapter: 'auto' })
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
  const contenders = [undefined, product].map((by) => {
    const trainer = new Trainer(new Network(graph, options.batchSize), samples, options)
    return () => {
      computeProductsBy(by)
      const begin = performance.now()
      trainer.next()
      return performance.now() - begin
    }
  })
  for (let i = 0; i < 4; i++) contenders.forEach((step) => step())
  const times = [[], []]
  for (let i = 0; i < 15; i++) contenders.forEach((step, which) => times[which].push(step()))
  const [own, simd] = times
  console.log(
    `${name}: ${median(own).toFixed(1)} in core, ${median(simd).toFixed(1)} in WebAssembly, ${median(own.map((ms, i) => ms / simd[i])).toFixed(2)}x`,
  )
}
