// Whole models at batch 1, FP32 and INT8, beside onnxruntime-web on the same quantized model in QDQ form: one
// process, interleaved.
//   node bench/models.mjs [threads] [workload ...]
import { load, openReference } from '../../core/dist/index.js'
import wasm from '../dist/index.js'
import { openPeer, sessionOf } from './peer.mjs'
import { qdqModel } from './qdq.mjs'
import { median, race, ratio } from './race.mjs'
import { subjectOf } from './subject.mjs'

const [threads = '1', ...names] = process.argv.slice(2)
const workloads = names.length > 0 ? names : ['fashion-mobilenet']
const ort = await openPeer(Number(threads))
const device = await wasm.open({ runtime: 'node', adapter: threads === '1' ? '1 thread' : 'wasm' })

console.log(`${process.version}, ${device.info.name}, ${device.info.modes.int8}`)
console.log(
  'model  own f32  own int8  ort f32  ort int8 (us)  f32/int8  ort int8/own int8  answers within a step of ort',
)
for (const name of workloads) {
  const subject = await subjectOf(name)
  const { graph, model, quantized, x } = subject
  const programs = [subject.fp32, subject.int8]
  const [f32, int8] = await Promise.all(programs.map((program) => load(program, device)))
  const reference = await load(programs[1], openReference())
  const shape = [1, ...graph.inputs[0].shape]
  const input = { dtype: 'float32', shape, data: subject.normalized }
  const answer = await int8.run(x)
  const expected = await reference.run(x)
  if (answer.data.some((value, i) => value !== expected.data[i] && !subject.hasSoftmax))
    throw new Error(`${name}: int8 differs from the reference`)
  const session = await sessionOf(ort, qdqModel(quantized, shape, answer.shape), {
    [`${graph.inputs[0].name}.float`]: input,
  })
  const { exportOnnx } = await import('../../onnx/dist/index.js')
  const floats = await sessionOf(ort, exportOnnx(model.graph), { [graph.inputs[0].name]: input })
  const theirs = Object.values(await session.run())[0].data
  const largest = Math.max(...answer.data.map((value, i) => Math.abs(value - theirs[i])))
  await f32.run(x)
  await int8.run(x)
  const times = await race({
    f32: () => f32.time(1),
    int8: () => int8.time(1),
    ortF32: floats.run,
    ortInt8: session.run,
  })
  const us = Object.values(times).map((ms) => (1000 * median(ms)).toFixed(0))
  console.log(
    subject.title,
    us.join('  '),
    ` ${ratio(times.f32, times.int8)}  ${ratio(times.ortInt8, times.int8)}  ${largest.toPrecision(2)}`,
  )
}
await device.dispose()
process.exit(0)
