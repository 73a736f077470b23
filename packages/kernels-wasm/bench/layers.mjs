// Where a model's time goes at batch 1: each op alone, FP32 beside INT8, in turns; medians in microseconds.
//   node bench/layers.mjs [threads] [workload ...]
import { AFFINE_INT8, Calibration, lower, modelOf, SYMMETRIC_INT8 } from '../../core/dist/index.js'
import { batchOf, openWorkload } from '../../workloads/dist/index.js'
import wasm from '../dist/index.js'
import { median } from './race.mjs'

const ROUNDS = 15
const RUNS = 40
const [threads = '1', ...names] = process.argv.slice(2)
const device = await wasm.open({ runtime: 'node', adapter: threads === '1' ? '1 thread' : 'wasm' })

console.log(`${process.version}, ${device.info.name}, ${device.info.modes.int8}`)
for (const name of names.length > 0 ? names : ['fashion-mobilenet']) {
  const { graph, normalizer, calibration } = await openWorkload(name)
  const model = modelOf(graph)
  const quantized = await new Calibration(model, normalizer, [batchOf(calibration, 0, 32)]).quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, bits: 8, granularity: 'per-channel' },
  })
  const lists = await Promise.all([{ precision: 'fp32', model }, quantized].map(prepare))
  for (const { steps } of lists.flat()) await device.time(steps, 300)
  for (let round = 0; round < ROUNDS; round++)
    for (const { steps, us } of lists.flat()) us.push(median((await device.time(steps, RUNS)).ns) / 1000)
  const [f32, int8] = lists.map((list) => new Map(list.map(({ title, us }) => [title, median(us)])))
  console.log(`\n${name}: op, FP32 us, INT8 us`)
  for (const title of new Set([...f32.keys(), ...int8.keys()]))
    console.log(
      `${f32.get(title)?.toFixed(2).padStart(8) ?? '       -'} ` +
        `${int8.get(title)?.toFixed(2).padStart(8) ?? '       -'}  ${title}`,
    )

  async function prepare(source) {
    const list = []
    for (const [i, { spec, constants }] of lower(source, { batch: 1, normalizer }).steps.entries()) {
      const op = await device.prepare(spec, constants)
      const inputs = spec.inputs.map((tensor) => device.alloc(tensor))
      const window = spec.kernel ? ` ${spec.kernel.join('x')}` : ''
      list.push({
        title: `${i} ${spec.op}${window} ${spec.inputs[0].shape.join('x')} to ${spec.output.shape.join('x')}`,
        steps: [{ op, inputs, output: device.alloc(spec.output) }],
        us: [],
      })
    }
    return list
  }
}
await device.dispose()
process.exit(0)
