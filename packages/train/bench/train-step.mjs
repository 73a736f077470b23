// How long one training step takes: conv8 - relu - pool - conv16 - relu - pool - dense on 28x28, batch 64, momentum
// SGD, against the same net in plain loops, and against other projects' trainers where they are installed.
//
//   pnpm --filter @octet/train... build && pnpm --filter @octet/train bench:step [rounds]
//
// jax-js is there as a development dependency; TensorFlow.js is looked for in the folder that OCTET_PEERS names, to
// be filled by
//
//   npm install --ignore-scripts --prefix FOLDER @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
//
// All contenders start from the same weights and take the same batches in turn, round by round, so that what slows
// the machine slows all; the loss of each first step is checked to be the same. Printed are medians and paired ratios
// of time, with their quartiles.
import { Random } from '@octet/core/statistics'
import { GraphBuilder, Network, Trainer } from '../dist/index.js'
import { tensor } from '@octet/core'
import { plainNet } from './train-step/plain.mjs'
import { jaxNet } from './train-step/jax.mjs'
import { tfjsNets } from './train-step/tfjs.mjs'

const [BATCH, SIZE, CLASSES, RATE] = [64, 28, 10, 0.01]
const rounds = Number(process.argv[2] ?? 21)

const random = new Random(1)
const x = Float32Array.from({ length: BATCH * SIZE * SIZE }, () => 2 * random.uniform() - 1)
const labels = Int32Array.from({ length: BATCH }, () => random.below(CLASSES))

const plain = plainNet({ batch: BATCH, size: SIZE, classes: CLASSES, random })
const initial = plain.parameters.map((data) => data.slice())

/** Octet's trainer with the given weights. */
function octetNet() {
  const graph = new GraphBuilder('net', [1, SIZE, SIZE], 1)
    .conv(8, { kernel: 3, pad: 1 })
    .relu()
    .maxPool({ kernel: 2 })
    .conv(16, { kernel: 3, pad: 1 })
    .relu()
    .maxPool({ kernel: 2 })
    .flatten()
    .gemm(CLASSES)
    .graph()
  const network = new Network(graph, BATCH)
  for (const [i, { data }] of network.parameters.entries()) data.set(initial[i])
  const data = { x: tensor('float32', [BATCH, 1, SIZE, SIZE], x), y: labels }
  const optimizer = { kind: 'sgd', learningRate: RATE, momentum: 0.9 }
  const trainer = new Trainer(network, data, { epochs: 1e6, batchSize: BATCH, seed: 1, optimizer })
  return { name: 'octet', step: async () => trainer.next().loss }
}

const contenders = [
  octetNet(),
  { name: 'plain loops', step: async () => plain.step(x, labels, RATE) },
  ...(await jaxNet({ batch: BATCH, size: SIZE, classes: CLASSES, initial, x, labels, rate: RATE })),
  ...(await tfjsNets({ batch: BATCH, size: SIZE, classes: CLASSES, initial, x, labels, rate: RATE })),
]

const losses = []
for (const { name, step } of contenders) losses.push([name, await step()])
for (const [name, loss] of losses)
  if (Math.abs(loss / losses[0][1] - 1) > 1e-4)
    throw new Error(`${name} begins at a loss of ${loss}, octet at ${losses[0][1]}: not the same net`)
for (let i = 0; i < 3; i++) for (const { step } of contenders) await step()

const times = contenders.map(() => [])
for (let round = 0; round < rounds; round++)
  for (const [i, { step }] of contenders.entries()) {
    const begin = performance.now()
    await step()
    times[i].push(performance.now() - begin)
  }

const quantile = (values, p) => values.toSorted((a, b) => a - b)[Math.round(p * (values.length - 1))]
console.log(`batch ${BATCH}, ${SIZE}x${SIZE}, ${rounds} rounds, node ${process.versions.node}\n`)
console.log('contender'.padEnd(22), 'ms a step'.padStart(10), '   times octet (quartiles)')
for (const [i, { name }] of contenders.entries()) {
  const ratios = times[i].map((time, round) => time / times[0][round])
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((p) => quantile(ratios, p).toFixed(2))
  console.log(
    name.padEnd(22),
    quantile(times[i], 0.5).toFixed(2).padStart(10),
    `   ${median} (${q1} to ${q3})`,
  )
}
process.exit(0)
