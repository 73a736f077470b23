// Times every variant of a contraction against the others, interleaved: medians, and paired ratios to the first
// precision's best. After a build:
//   node packages/kernels-webgpu/bench/variants.mjs ADAPTER ROUNDS SHAPE...
// SHAPE is `MxKxN` (Gemm) or `HxWxCxM[kK][sS][bB]` (Conv of a BxCxHxW input, KxK window, stride S, M outputs),
// followed by `:f32`, `:f16`, `:i8` or `:w4` for one precision instead of all four; `/TEXT` keeps the variants whose
// names contain TEXT.
import webgpu from '../dist/index.js'

const [adapter = 'auto', rounds = '5', ...shapes] = process.argv.slice(2)
const device = await webgpu.open({ runtime: 'node', adapter })
if ('unavailable' in device) throw new Error(device.unavailable)
console.log(`${device.info.id}: ${device.info.name}, ${device.info.driver}`)

const PRECISIONS = { f32: 'float32', f16: 'float16', i8: 'int8', w4: 'int8' }

function specOf(shape, precision) {
  const dtype = PRECISIONS[precision]
  const bits = precision === 'w4' ? { weightBits: 4 } : {}
  const gemm = /^(\d+)x(\d+)x(\d+)$/.exec(shape)
  if (gemm) {
    const [M, K, N] = gemm.slice(1).map(Number)
    const spec = {
      op: 'Gemm',
      inputs: [{ dtype, shape: [M, K] }],
      output: { dtype, shape: [M, N] },
      weightZeroPoints: false,
      ...bits,
    }
    return { spec, weight: [N, K], macs: M * N * K }
  }
  const conv = /^(\d+)x(\d+)x(\d+)x(\d+)(?:k(\d+))?(?:s(\d+))?(?:b(\d+))?$/.exec(shape)
  if (!conv) throw new Error(`${shape} is neither MxKxN nor HxWxCxM`)
  const [H, W, C, M, k = 1, s = 1, b = 1] = conv.slice(1).map((text) => (text ? Number(text) : undefined))
  const pad = (k - 1) >> 1
  const [oH, oW] = [H, W].map((size) => Math.floor((size + 2 * pad - k) / s) + 1)
  const spec = {
    op: 'Conv',
    inputs: [{ dtype, shape: [b, C, H, W] }],
    output: { dtype, shape: [b, M, oH, oW] },
    kernel: [k, k],
    strides: [s, s],
    dilations: [1, 1],
    pads: [pad, pad, pad, pad],
    group: 1,
    weightZeroPoints: false,
    ...bits,
  }
  return { spec, weight: [M, C, k, k], macs: b * M * oH * oW * C * k * k }
}

function random(dtype, shape, most = 127) {
  const length = shape.reduce((a, b) => a * b, 1)
  if (dtype === 'int8')
    return { dtype, shape, data: Int8Array.from({ length }, () => 1 + Math.random() * most) }
  if (dtype === 'float32')
    return { dtype, shape, data: Float32Array.from({ length }, () => 0.1 + Math.random()) }
  // Halves between 0.5 and 1.
  return { dtype, shape, data: Uint16Array.from({ length }, () => 0x3800 + Math.random() * 0x400) }
}

function constantsOf({ spec, weight }, precision) {
  const [outputs] = weight
  const numbers = random(spec.inputs[0].dtype, weight, precision === 'w4' ? 7 : 127)
  const clamp = [-Infinity, Infinity]
  if (spec.inputs[0].dtype !== 'int8')
    return { kind: 'float-weights', weight: numbers, bias: new Float32Array(outputs), clamp }
  return {
    kind: 'int-weights',
    weight: numbers,
    bias: new Int32Array(outputs),
    multiplier: new Float32Array(outputs).fill(1e-4),
    inputZeroPoint: 3,
    weightZeroPoints: new Int32Array(outputs),
    outputZeroPoint: -5,
    clamp,
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

for (const asked of shapes) {
  const [, shape, only, text = ''] = /^([^:/]+)(?::(\w+))?(?:\/(.*))?$/.exec(asked)
  const contenders = []
  for (const precision of only ? [only] : Object.keys(PRECISIONS)) {
    const problem = specOf(shape, precision)
    const { spec } = problem
    if (device.supports(spec) !== true) continue
    const constants = constantsOf(problem, precision)
    for (const name of device.variants(spec).filter((one) => one.includes(text))) {
      const x = device.alloc(spec.inputs[0])
      await device.write(x, random(x.spec.dtype, x.spec.shape))
      const start = performance.now()
      const op = await device.prepare(spec, constants, name)
      const steps = [{ op, inputs: [x], output: device.alloc(spec.output) }]
      const [ns] = (await device.time(steps, 1)).ns
      const first = performance.now() - start
      const repeats = Math.max(1, Math.min(64, Math.ceil(20e6 / ns)))
      contenders.push({ precision, name, steps, macs: problem.macs, first, repeats, ns: [] })
    }
  }
  for (let round = 0; round < Number(rounds); round++)
    for (const one of contenders) one.ns.push(median((await device.time(one.steps, one.repeats)).ns))
  const best = (precision) =>
    contenders.filter((one) => one.precision === precision).toSorted((a, b) => median(a.ns) - median(b.ns))[0]
  const base = best(contenders[0].precision)
  console.log(`\n${shape}: ratios to ${base.precision} ${base.name}`)
  for (const { precision, name, ns, macs, first } of contenders) {
    const ratio = median(ns.map((time, round) => base.ns[round] / time))
    const mark = best(precision).name === name ? '*' : ' '
    console.log(
      `${mark} ${precision} ${name.padEnd(26)} ${(median(ns) / 1e6).toFixed(3).padStart(9)} ms ` +
        `${((2 * macs) / median(ns)).toFixed(1).padStart(7)} GOP/s  ${ratio.toFixed(2).padStart(5)}  ` +
        `first ${first.toFixed(0)} ms`,
    )
  }
}
process.exit(0)
