// The published orderings of quantization methods, on real models: docs/orderings.md is what it printed.
// Repeat:  npx -y pnpm@12.21.0 build && node packages/bench/experiments/orderings.mjs SAMPLES WORKLOAD...
// A workload is a built-in id or a folder. Accuracy is the reference's, so it is the same on every machine.
import {
  AFFINE_INT8,
  Calibration,
  isWeighted,
  load,
  lower,
  modelOf,
  openReference,
  SYMMETRIC_INT8,
  weightsOf,
  withWeights,
} from '@octet/core'
import { batchOf, openWorkload } from '@octet/workloads'

const [samples, ...workloads] = process.argv.slice(2)
const BATCH = 10
/**
 * Factors that a planted skew gives the channels of a layer, in turn: a thousandfold between the least and the
 * largest.
 */
const SKEW = [1, 0.03, 30, 0.3, 3]

/**
 * Channel c of each depthwise or plain Conv times a factor, the next layer's input channel c divided by it: the same
 * function, bar Clips.
 */
function skewed(model) {
  const changed = new Map()
  const layers = model.layers.filter(isWeighted)
  for (let i = 0; i + 1 < layers.length; i += 2) {
    const [from, to] = [layers[i], layers[i + 1]]
    const uses = model.layers.filter(({ inputs }) => inputs.includes(from.output))
    const group = to.node.op === 'Conv' ? to.node.attributes.group : 1
    if (
      uses.length !== 1 ||
      uses[0] !== to ||
      !to.inputs.includes(from.output) ||
      Number.isFinite(from.clamp[1])
    )
      continue
    const [a, b] = [from, to].map((layer) => weightsOf(model, layer))
    const factor = (c) => SKEW[c % SKEW.length]
    const inner = a.weight.data.length / a.weight.shape[0]
    const perInput = b.weight.data.length / b.weight.shape[0] / b.weight.shape[1]
    const inputOf = (j) =>
      group === 1 ? Math.floor(j / perInput) % b.weight.shape[1] : Math.floor(j / perInput)
    changed.set(from.name, {
      weight: { ...a.weight, data: a.weight.data.map((w, j) => w * factor(Math.floor(j / inner))) },
      bias: a.bias.map((v, c) => v * factor(c)),
    })
    changed.set(to.name, {
      weight: { ...b.weight, data: b.weight.data.map((w, j) => w / factor(inputOf(j))) },
      bias: b.bias,
    })
  }
  return changed.size > 0 ? withWeights(model, changed) : undefined
}

async function correct(source, { normalizer, evaluation }, count) {
  const execution = await load(lower(source, { batch: BATCH, normalizer }), openReference())
  let right = 0
  for (let at = 0; at + BATCH <= count; at += BATCH) {
    const { data, shape } = await execution.run(batchOf(evaluation, at, BATCH))
    for (let i = 0; i < BATCH; i++) {
      const row = data.subarray(i * shape[1], (i + 1) * shape[1])
      if (row.indexOf(Math.max(...row)) === evaluation.y[at + i]) right++
    }
  }
  return right / count
}

for (const id of workloads) {
  const workload = await openWorkload(id)
  const count = Math.floor(Math.min(Number(samples), workload.evaluation.y.length) / BATCH) * BATCH
  const batches = Array.from(
    { length: Math.floor(Math.min(256, workload.calibration.x.shape[0]) / 32) },
    (_, i) => batchOf(workload.calibration, 32 * i, 32),
  )
  const model = modelOf(workload.graph)
  const show = async (name, source) =>
    console.log(`${workload.id} | ${name} | ${(100 * (await correct(source, workload, count))).toFixed(2)}`)
  await show(`FP32, ${count} samples`, { precision: 'fp32', model })
  const run = async (name, calibration, bits, granularity, options = {}) => {
    const {
      strategy = 'minmax',
      equalization = 'none',
      rounding = 'nearest',
      biasCorrection = false,
    } = options
    const weights = { ...SYMMETRIC_INT8, bits, granularity }
    const transforms = { equalization, rounding, biasCorrection }
    await show(
      name,
      await calibration.quantize({ calibration: strategy, activations: AFFINE_INT8, weights, transforms }),
    )
  }
  const plain = new Calibration(model, workload.normalizer, batches)
  for (const granularity of ['per-tensor', 'per-channel']) {
    for (const strategy of ['minmax', 'percentile-99.9', 'entropy', 'mse', 'auto'])
      await run(`W8A8 ${granularity}, ${strategy}`, plain, 8, granularity, { strategy })
    await run(`W4A8 ${granularity}, nearest`, plain, 4, granularity)
    await run(`W4A8 ${granularity}, bias correction`, plain, 4, granularity, { biasCorrection: true })
    await run(`W4A8 ${granularity}, AdaRound`, plain, 4, granularity, { rounding: 'adaround' })
  }
  await run('W8A8 per-tensor, equalized', plain, 8, 'per-tensor', { equalization: 'unclipped' })
  await run('W4A8 per-tensor, equalized', plain, 4, 'per-tensor', { equalization: 'unclipped' })
  const planted = skewed(model)
  if (planted === undefined) continue
  const skew = new Calibration(planted, workload.normalizer, batches)
  await show('planted skew, FP32', { precision: 'fp32', model: planted })
  await run('planted skew, W8A8 per-tensor', skew, 8, 'per-tensor')
  await run('planted skew, W8A8 per-tensor, equalized', skew, 8, 'per-tensor', { equalization: 'exact' })
  await run('planted skew, W8A8 per-channel', skew, 8, 'per-channel')
}
