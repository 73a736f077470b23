// Accuracy evaluation of a workload on the reference and on WebAssembly kernels, the batch as bench chooses it: seconds for all samples.
//   node bench/evaluation.mjs [samples] [workload ...]
import {
  AFFINE_INT8,
  Calibration,
  load,
  lower,
  modelOf,
  openReference,
  SYMMETRIC_INT8,
} from '../../core/dist/index.js'
import { batchOf, openWorkload } from '../../workloads/dist/index.js'
import wasm from '../dist/index.js'

const [samples = '512', ...names] = process.argv.slice(2)
for (const name of names.length > 0 ? names : ['mnist-cnn', 'fashion-mobilenet']) {
  const workload = await openWorkload(name)
  const { graph, normalizer, calibration, evaluation } = workload
  const model = modelOf(graph)
  const quantized = await new Calibration(model, normalizer, [batchOf(calibration, 0, 32)]).quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, bits: 8, granularity: 'per-channel' },
  })
  const batch = 64
  for (const source of [{ precision: 'fp32', model }, quantized]) {
    const seconds = []
    for (const device of [openReference(), await wasm.open({ runtime: 'node', adapter: 'wasm' })]) {
      const execution = await load(lower(source, { batch, normalizer }), device)
      await execution.run(batchOf(evaluation, 0, batch))
      const begin = performance.now()
      for (let first = 0; first + batch <= Number(samples); first += batch)
        await execution.run(batchOf(evaluation, first, batch))
      seconds.push((performance.now() - begin) / 1000)
      await execution.dispose()
      await device.dispose()
    }
    const [reference, own] = seconds
    console.log(
      `${name} ${source.precision}: ${reference.toFixed(2)} s on the reference, ${own.toFixed(3)} s on wasm, ${(reference / own).toFixed(1)}x`,
    )
  }
}
process.exit(0)
