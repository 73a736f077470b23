// Accuracy evaluation of a workload on the reference, on WebGPU where the machine has an adapter, and on WebAssembly
// kernels, in turns: medians of three rounds, seconds for all samples in batches of 64.
//   node bench/evaluation.mjs [samples] [workload ...]
import { isDevice, load, lower, openReference } from '../../core/dist/index.js'
import { batchOf } from '../../workloads/dist/index.js'
import webgpu from '../../kernels-webgpu/dist/index.js'
import wasm from '../dist/index.js'
import { median } from './race.mjs'
import { subjectOf } from './subject.mjs'

const ROUNDS = 3
const BATCH = 64
const [samples = '512', ...names] = process.argv.slice(2)
const host = { runtime: 'node', adapter: 'auto' }
const opened = [openReference(), await webgpu.open(host), await wasm.open(host)]
const devices = opened.filter((device) => isDevice(device))
console.log(
  `${process.version}, ${samples} samples, seconds on ${devices.map(({ info }) => info.name).join('; ')}`,
)
for (const name of names.length > 0 ? names : ['mnist-cnn', 'fashion-mobilenet']) {
  const { model, quantized, normalizer, evaluation } = await subjectOf(name)
  for (const source of [{ precision: 'fp32', model }, quantized]) {
    const program = lower(source, { batch: BATCH, normalizer })
    const executions = await Promise.all(devices.map((device) => load(program, device)))
    for (const execution of executions) await execution.run(batchOf(evaluation, 0, BATCH))
    const seconds = devices.map(() => [])
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, execution] of executions.entries())
        seconds[i].push(await evaluate(execution, evaluation))
    const medians = seconds.map(median)
    const own = medians.at(-1)
    const all = medians.map((value) => `${value.toFixed(3)} (${(value / own).toFixed(1)}x)`)
    console.log(`${name} ${source.precision}: ${all.join('  ')}`)
    for (const execution of executions) await execution.dispose()
  }
}
process.exit(0)

async function evaluate(execution, set) {
  const begin = performance.now()
  for (let first = 0; first + BATCH <= Number(samples); first += BATCH)
    await execution.run(batchOf(set, first, BATCH))
  return (performance.now() - begin) / 1000
}
