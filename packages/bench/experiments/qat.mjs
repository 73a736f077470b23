// What quantization-aware training recovers, over three seeds: docs/qat.md is what it printed.
// Repeat:  npx -y pnpm@12.21.0 build && node packages/bench/experiments/qat.mjs SAMPLES WORKLOAD...
// A workload is a built-in id or a folder with training samples. It trains as `octet bench --method qat` does,
// per-tensor weights of 4 and 8 bits, and evaluates the integers on the reference. Then it counts where those
// integers differ from the fake-quantized forward pass.
import { fileURLToPath } from 'node:url'
import { Calibration, compareFakeQuantized, load, lower, modelOf, openReference } from '@octet/core'
import { qat, QatNetwork } from '@octet/train'
import { batchOf, learningSamples, openWorkload } from '@octet/workloads'
import { discoverKernels } from '../dist/discover/kernels.js'
import { openTraining } from '../dist/discover/training.js'
import { SILENT } from '../dist/show/reporter.js'
import { recipe } from '../dist/qat/recipe.js'
import { configure, qatStart } from '../dist/sweep/configurations.js'

const [samples, ...workloads] = process.argv.slice(2)
const SEEDS = [1, 2, 3]
const BATCH = 10
/** Samples of which every tensor is compared. */
const COMPARED = 200

const percent = (share) => (100 * share).toFixed(2)

function largest(data, row, width) {
  const values = data.subarray(row * width, (row + 1) * width)
  return values.indexOf(Math.max(...values))
}

/** The class of each of the first `count` samples. */
async function classes(source, { normalizer, evaluation }, count) {
  const execution = await load(lower(source, { batch: BATCH, normalizer }), openReference())
  const found = []
  for (let at = 0; at < count; at += BATCH) {
    const { data, shape } = await execution.run(batchOf(evaluation, at, BATCH))
    for (let i = 0; i < BATCH; i++) found.push(largest(data, i, shape[1]))
  }
  return found
}

/** The same by the network that was trained, fake-quantized. */
function fakeClasses(model, { normalizer, evaluation }, count) {
  const network = new QatNetwork(model, BATCH)
  network.observing = false
  const found = []
  const width = network.logits.shape[0]
  const [offset, scale] = [normalizer.offset, normalizer.scale]
  for (let at = 0; at < count; at += BATCH) {
    const { data, shape } = batchOf(evaluation, at, BATCH)
    const size = data.length / shape[0]
    const channelOf = (i) => Math.floor(((i % size) * offset.length) / size)
    for (let i = 0; i < data.length; i++)
      network.input.data[i] = Math.fround(data[i] - offset[channelOf(i)]) * scale[channelOf(i)]
    network.forward(BATCH, 'infer')
    for (let i = 0; i < BATCH; i++) found.push(largest(network.logits.data, i, width))
  }
  return found
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { found: discovered } = await discoverKernels(root)
const { id: trainedOn, kernels } = await openTraining(discovered, SILENT)
console.log(`trained on ${trainedOn}`)

for (const id of workloads) {
  const workload = await openWorkload(id)
  const { graph, normalizer, evaluation, calibration } = workload
  const count = Math.min(Number(samples), evaluation.y.length - (evaluation.y.length % BATCH))
  const model = modelOf(graph)
  const batches = []
  for (let at = 0; at < calibration.x.shape[0]; at += BATCH) batches.push(batchOf(calibration, at, BATCH))
  const calibrating = new Calibration(model, normalizer, batches)
  const { training, validation, split } = await learningSamples(workload)
  const accuracy = (found) => found.filter((label, i) => label === evaluation.y[i]).length / count
  const fp32 = accuracy(await classes({ precision: 'fp32', model }, workload, count))
  console.log(`${workload.id}: FP32 ${percent(fp32)} on ${count} samples; ${split}`)
  for (const bits of [8, 4]) {
    const configuration = {
      method: 'ptq',
      precision: 'int8',
      weights: { bits, scheme: 'symmetric', granularity: 'per-tensor' },
      activations: { bits: 8, scheme: 'affine', granularity: 'per-tensor' },
      calibration: 'minmax',
    }
    const ptq = accuracy(await classes(await configure(model, calibrating, configuration), workload, count))
    const start = await qatStart(calibrating, configuration)
    const begun = accuracy(await classes(start, workload, count))
    const drops = []
    const notes = []
    for (const seed of SEEDS) {
      const begin = performance.now()
      const { quantized, best } = await qat(
        {
          start,
          graph,
          training: { ...training, normalizer },
          validation: { ...validation, normalizer },
          kernels,
        },
        recipe({ qat: { steps: 200, scales: 'observed' }, seed }, bits),
      )
      const seconds = (performance.now() - begin) / 1000
      const found = await classes(quantized, workload, count)
      const fake = fakeClasses(quantized, workload, count)
      const agreements = compareFakeQuantized(quantized, normalizer, batchOf(evaluation, 0, COMPARED))
      const differing = agreements.filter((one) => one.differing > 0)
      drops.push(fp32 - accuracy(found))
      notes.push(
        `  seed ${seed}: ${percent(accuracy(found))}, kept step ${best.step}, ${seconds.toFixed(0)} s; ` +
          'other class than fake-quantized: ' +
          `${found.filter((label, i) => label !== fake[i]).length} of ${count}; differing integers: ` +
          (differing
            .map((one) => `${one.tensor} ${one.differing} of ${one.values}, by ${one.worst}`)
            .join('; ') || 'none'),
      )
    }
    const mean = drops.reduce((sum, drop) => sum + drop, 0) / drops.length
    console.log(
      `W${bits}A8 per-tensor: PTQ ${percent(ptq)}, start ${percent(begun)}, QAT ` +
        `${percent(fp32 - mean)}; drop ${percent(mean)} ` +
        `(${drops.map(percent).join(', ')})`,
    )
    for (const note of notes) console.log(note)
  }
}
