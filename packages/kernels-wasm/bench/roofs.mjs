// How far whole models are from what their layers could take at the least: for each model and precision the measured
// time on the device, at batch 1 on one thread, beside the sum of its layers' roofs, and by layer where the rest is.
//   node bench/roofs.mjs [--layers] [workload ...]
// A layer's roof is the time of its multiply-adds at the measured rate of the instruction that its variant uses, or of
// its bytes (inputs, weights, output) at the measured rate of copying, whichever is longer. The clock is the process's
// own CPU time, and of many short turns the shortest counts: other work on the machine lengthens the rest.
import { bytesOf, load, macsOf } from '../../core/dist/index.js'
import wasm from '../dist/index.js'
import { cpuMs } from './build.mjs'
import { race } from './race.mjs'
import { timesByKind, workOf } from './rates.mjs'
import { subjectOf } from './subject.mjs'

const COPIES = 50
const names = process.argv.slice(2).filter((flag) => flag !== '--layers')
const isDetailed = process.argv.includes('--layers')
const how = { region: 2, pause: 0, clock: cpuMs }
const rates = Object.fromEntries(
  Object.entries(await timesByKind(how)).map(([name, ms]) => [name, (1000 * workOf(name)) / Math.min(...ms)]),
)
const us = (value) => value.toFixed(2).padStart(9)

console.log(process.version)
for (const [name, rate] of Object.entries(rates))
  console.log(`${name}: ${(rate / 1000).toFixed(1)} ${name === 'copy' ? 'GB/s' : 'GMAC/s'}`)
const adapters = await wasm.adapters({ runtime: 'node', adapter: 'auto' })
const fused = adapters.find(({ id }) => id === 'wasm-1-thread-fused')
const devices = await Promise.all(
  ['wasm-1-thread', ...(fused ? [fused.id] : [])].map((adapter) => wasm.open({ runtime: 'node', adapter })),
)
console.log('     roof   layers    whole  host to host (us)  whole / roof')
for (const name of names.length > 0 ? names : ['weather-mlp', 'mnist-cnn', 'fashion-mobilenet']) {
  const subject = await subjectOf(name)
  for (const [device, precisions] of devices.map((one, i) => [one, i === 0 ? ['fp32', 'int8'] : ['fp32']]))
    for (const precision of precisions) {
      const isFused = device !== devices[0]
      const program = subject[precision]
      const layers = await layersOf(program, device, isFused)
      const execution = await load(program, device)
      const turns = {
        whole: () => execution.time(COPIES),
        host: async () => {
          for (let copy = 0; copy < COPIES; copy++) await execution.run(subject.x)
        },
        ...Object.fromEntries(layers.map(({ steps }, i) => [i, () => device.time(steps, COPIES)])),
      }
      await race(turns, { ...how, rounds: 3 })
      const times = await race(turns, { ...how, rounds: 41 })
      const took = (turn) => (1000 * Math.min(...times[turn])) / COPIES
      const roof = layers.reduce((sum, layer) => sum + layer.roof, 0)
      const alone = layers.reduce((sum, _, i) => sum + took(i), 0)
      const whole = took('whole')
      console.log(
        `${us(roof)}${us(alone)}${us(whole)}${us(took('host'))}  ${(whole / roof).toFixed(2).padStart(6)}  ` +
          `${subject.title} ${precision}${isFused ? ' fused' : ''}`,
      )
      if (isDetailed)
        for (const [i, { title, roof: least }] of layers.entries())
          console.log(`${us(least)}${us(took(i))}${us(took(i) - least)}    ${title}`)
      await execution.dispose()
    }
}
process.exit(0)

/** Each step by itself: its roof in us, and what runs it. */
async function layersOf(program, device, isFused) {
  const layers = []
  for (const { spec, constants } of program.steps) {
    const op = await device.prepare(spec, constants)
    // A view takes no time.
    const isView = device.views(spec)
    const inputs = []
    for (const tensor of spec.inputs) {
      inputs.push(device.alloc(tensor))
      // What lies in memory by chance may be subnormal, which takes longer.
      await device.write(inputs.at(-1), { ...tensor, data: filled(tensor) })
    }
    const output = device.alloc(spec.output, isView ? inputs[0] : undefined)
    const window = spec.kernel ? ` ${spec.kernel.join('x')}` : ''
    layers.push({
      title:
        `${spec.op}${window} ${spec.inputs[0].shape.join('x')} to ` +
        `${spec.output.shape.join('x')}${op.variant ? `, ${op.variant}` : ''}`,
      roof: isView ? 0 : roofOf(spec, constants, op.variant, isFused),
      steps: [{ op, inputs, output }],
    })
  }
  return layers
}

function roofOf(spec, constants, variant = '', isFused) {
  const [{ dtype }] = spec.inputs
  const weights = 'weight' in constants ? constants.weight.data.byteLength + constants.bias.byteLength : 0
  const bytes = [...spec.inputs, spec.output].reduce((sum, tensor) => sum + bytesOf(tensor), weights)
  const rate =
    rates[
      dtype !== 'int8'
        ? isFused
          ? 'f32x4.relaxed_madd'
          : 'f32x4.mul + add'
        : variant.startsWith('relaxed')
          ? 'i32x4.relaxed_dot_i8x16_i7x16_add_s'
          : 'i32x4.dot_i16x8_s + add'
    ]
  // Winograd's F(4x4, 3x3) takes 36 products for 144.
  const products = macsOf(spec) * (variant.includes('Winograd') ? 0.25 : 1)
  return Math.max(products / rate, bytes / rates.copy)
}

/** Small integers. */
function filled({ dtype, shape }) {
  const count = shape.reduce((a, b) => a * b, 1)
  const data = dtype === 'float32' ? new Float32Array(count) : new Int8Array(count)
  return data.map((_, i) => (i % 7) - 3)
}
