// Gemm in FP32 and INT8 beside onnxruntime-web's MatMul, MatMulInteger (u8s8) and QLinearMatMul: one process,
// interleaved.
//   node bench/gemm.mjs [threads]
import { encodeOnnx } from '../../onnx/dist/index.js'
import wasm from '../dist/index.js'
import { openPeer, sessionOf } from './peer.mjs'
import { median, race, ratio } from './race.mjs'

const threads = Number(process.argv[2] ?? 1)
const ort = await openPeer(threads)
const device = await wasm.open({ runtime: 'node', adapter: threads === 1 ? '1 thread' : 'wasm' })
const random = (Type, length, span = 256, low = -128) =>
  Type.from({ length }, () => Math.random() * span + low)

async function own(dtype, size) {
  const shape = [size, size]
  const spec = { op: 'Gemm', inputs: [{ dtype, shape }], output: { dtype, shape }, weightZeroPoints: false }
  const floats = dtype === 'float32'
  const data = () => (floats ? random(Float32Array, size * size, 1, -0.5) : random(Int8Array, size * size))
  const weight = { dtype, shape, data: data() }
  const constants = floats
    ? { kind: 'float-weights', weight, bias: new Float32Array(size), clamp: [-Infinity, Infinity] }
    : {
        kind: 'int-weights',
        weight,
        bias: new Int32Array(size),
        multiplier: new Float32Array(size).fill(0.0003),
        inputZeroPoint: 3,
        weightZeroPoints: new Int32Array(size),
        outputZeroPoint: 5,
        clamp: [-128, 127],
      }
  const op = await device.prepare(spec, constants)
  const x = device.alloc({ dtype, shape })
  await device.write(x, { dtype, shape, data: data() })
  const steps = [{ op, inputs: [x], output: device.alloc({ dtype, shape }) }]
  return () => device.submit(steps)
}

async function peer(op, size) {
  const shape = [size, size]
  const tensor = (name, dtype, data) => ({ name, dtype, shape: data.length === 1 ? [] : shape, data })
  const run = async (x, initializers, inputs, dtype) => {
    const nodes = [{ op, inputs, outputs: ['y'] }]
    const outputs = [{ name: 'y', dtype, shape }]
    return (await sessionOf(ort, encodeOnnx({ nodes, initializers, inputs: [x], outputs }), { x })).run
  }
  if (op === 'MatMul') {
    const [x, w] = ['x', 'w'].map((name) =>
      tensor(name, 'float32', random(Float32Array, size * size, 1, -0.5)),
    )
    return run(x, [w], ['x', 'w'], 'float32')
  }
  const x = tensor('x', 'uint8', random(Uint8Array, size * size, 256, 0))
  const w = tensor('w', 'int8', random(Int8Array, size * size))
  const zero = tensor('zx', 'uint8', Uint8Array.of(125))
  if (op === 'MatMulInteger') return run(x, [w, zero], ['x', 'w', 'zx'], 'int32')
  const scales = Object.entries({ sx: 0.02, sw: 0.02, sy: 1.3 }).map(([name, value]) =>
    tensor(name, 'float32', Float32Array.of(value)),
  )
  const zeros = [zero, tensor('zw', 'int8', Int8Array.of(0)), tensor('zy', 'uint8', Uint8Array.of(125))]
  const names = ['x', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy']
  return run(x, [w, ...scales, ...zeros], names, 'uint8')
}

console.log(`${process.version}, ${device.info.name}, ${device.info.modes.int8}`)
console.log(
  'size  own f32  own int8  ort f32  ort MatMulInteger  ort QLinearMatMul (GMAC/s)  int8/f32  f32/ort  ' +
    'int8/ort MatMulInteger  int8/ort QLinear',
)
for (const size of [512, 1024]) {
  const times = await race(
    {
      f32: await own('float32', size),
      int8: await own('int8', size),
      ortF32: await peer('MatMul', size),
      ortInteger: await peer('MatMulInteger', size),
      ortLinear: await peer('QLinearMatMul', size),
    },
    { rounds: size > 512 ? 9 : 15 },
  )
  const rates = Object.values(times).map((ms) => (size ** 3 / 1e6 / median(ms)).toFixed(1))
  const ratios = [
    [times.f32, times.int8],
    [times.ortF32, times.f32],
    [times.ortInteger, times.int8],
    [times.ortLinear, times.int8],
  ]
  console.log(String(size).padEnd(5), rates.join('  '), ' ', ratios.map(([a, b]) => ratio(a, b)).join('  '))
}
await device.dispose()
process.exit(0)
