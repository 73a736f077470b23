// Computes the examples of docs/numerics-from-first-principles.md from their definitions, beside the functions of core:
//   node docs/numerics-from-first-principles.mjs            # prints the examples
//   node docs/numerics-from-first-principles.mjs --write    # writes them into the page
//   node docs/numerics-from-first-principles.mjs --check    # exit code 1 where the page has other figures
// It ends with exit code 1 where core's functions do not give the same numbers as the definitions.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  AFFINE_INT8,
  dequantize,
  float16ToNumber,
  qparamsFromRange,
  quantize,
  quantizeBias,
  requantize,
  requantizeMultiplier,
  roundToFloat16,
  SYMMETRIC_INT8,
  tensor,
} from '../packages/core/dist/index.js'

const PAGE = fileURLToPath(new URL('numerics-from-first-principles.md', import.meta.url))
const fl32 = Math.fround
const [QMIN, QMAX] = [-128, 127]

/** Rounds to the nearest integer, ties to even. */
function rint(x) {
  const down = Math.floor(x)
  if (x - down !== 0.5) return Math.round(x)
  return down % 2 === 0 ? down : down + 1
}

const clamp = (q) => Math.min(QMAX, Math.max(QMIN, q))
const digits = (x, places = 4) => x.toFixed(places)

function same(what, found, core) {
  const [own, other] = [found, core].map((numbers) => Array.from(numbers).join(', '))
  if (own !== other) throw new Error(`${what}: the definition gives ${own}, core gives ${other}`)
}

/** A table whose columns are as wide as their widest entry. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)))
  return rows.map((row) => row.map((entry, column) => String(entry).padStart(widths[column])).join('  '))
}

function scaleAndZeroPoint() {
  const [min, max] = [-1, 3]
  const s = fl32(fl32(max - min) / (QMAX - QMIN))
  const z = clamp(QMIN - rint(fl32(min / s)))
  const { scale, zeroPoint } = qparamsFromRange({ min, max }, AFFINE_INT8)
  same('scale', [s], scale)
  same('zero point', [z], zeroPoint)
  return { lines: [`s = ${s}`, `z = ${z}`], s, z }
}

function rounding({ s, z }) {
  const x = Float32Array.of(-1, -0.3, 0, 0.5, 1.234, 3, 5)
  const q = Array.from(x, (value) => clamp(rint(fl32(value * fl32(1 / s))) + z))
  const back = q.map((value) => fl32((value - z) * s))
  const qparams = qparamsFromRange({ min: -1, max: 3 }, AFFINE_INT8)
  const quantized = quantize('int8', tensor('float32', [x.length], x), qparams)
  same('q', q, quantized.data)
  same("x'", back, dequantize(quantized, qparams).data)
  const rows = Array.from(x, (value, i) => [
    digits(value, 3),
    q[i],
    digits(back[i]),
    digits(Math.abs(value - back[i])),
    value > 3 ? 'clipped: 5 is above the range' : '',
  ])
  return table([['x', 'q', "x'", "|x - x'|", ''], ...rows]).map((line) => line.trimEnd())
}

/** The first tie at which x * fl32(1/s) and x / s round to different integers, over the scales 0.01, 0.02 and so on. */
function tie() {
  for (let hundredths = 1; hundredths <= 100; hundredths++)
    for (let step = 0; step < 127; step++) {
      const s = fl32(hundredths / 100)
      const x = fl32(s * (step + 0.5))
      const [multiplied, divided] = [rint(fl32(x * fl32(1 / s))), rint(fl32(x / s))]
      if (multiplied !== divided)
        return [`x = ${x}, s = ${s}`, `x * fl32(1/s) rounds to ${multiplied}`, `x / s rounds to ${divided}`]
    }
  throw new Error('no tie at which the two differ')
}

function layer({ s: sx, z: zx }) {
  const x = Float32Array.of(0.5, 1.2, -0.7, 2.1)
  const w = Float32Array.of(0.42, -0.31, 0.08, 0.25)
  const bias = 0.1
  const [sy, zy] = [fl32(2 / 255), -128]
  const sw = fl32(w[0] / 127)
  same('weight scale', [sw], qparamsFromRange({ min: w[1], max: w[0] }, SYMMETRIC_INT8).scale)
  const qx = Array.from(x, (value) => clamp(rint(fl32(value * fl32(1 / sx))) + zx))
  const qw = Array.from(w, (value) => rint(fl32(value * fl32(1 / sw))))
  const qb = rint(fl32(fl32(bias) * fl32(1 / fl32(sx * sw))))
  same('bias', [qb], quantizeBias(Float32Array.of(bias), sx, Float32Array.of(sw)))
  const acc = qx.reduce((sum, q, i) => sum + (q - zx) * qw[i], qb)
  const m = fl32(fl32(sx * sw) / sy)
  same('multiplier', [m], [requantizeMultiplier(sx, sw, sy)])
  const y = clamp(rint(fl32(fl32(acc) * m)) + zy)
  same('y', [y], [requantize(acc, m, zy, QMIN, QMAX)])
  const exact = x.reduce((sum, value, i) => sum + value * w[i], bias)
  return [
    `q_x = ${qx.join(', ')}`,
    `q_w = ${qw.join(', ')}`,
    `q_b = ${qb}`,
    `acc = ${acc}`,
    `m   = ${m}`,
    `q_y = ${y}`,
    `y   = (${y} - ${zy}) * s_y = ${digits((y - zy) * sy)}, and in FP32 ${digits(exact)}`,
  ]
}

/** SQNR of data after rounding to a grid of a range, in dB. */
function sqnr(data, { min, max }, levels) {
  const s = (max - min) / levels
  const z = -rint(min / s)
  let [power, noise] = [0, 0]
  for (const x of data) {
    const q = Math.min(levels, Math.max(0, rint(x / s) + z))
    power += x * x
    noise += (x - (q - z) * s) ** 2
  }
  return 10 * Math.log10(power / noise)
}

function bits() {
  const sine = Float64Array.from({ length: 100_003 }, (_, i) => Math.sin(i))
  const rows = [8, 6, 4].map((count) => [
    count,
    digits(sqnr(sine, { min: -1, max: 1 }, 2 ** count - 1), 1),
    digits(6.02 * count + 1.76, 1),
  ])
  return table([['bits', 'measured dB', '6.02 bits + 1.76'], ...rows])
}

/** Laplace-distributed values from a seeded linear congruential generator: many small values and a few large ones. */
function longTailed(length) {
  let state = 1
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const u = (state + 0.5) / 2 ** 32 - 0.5
    return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u))
  })
}

function clipping() {
  const data = longTailed(100_000)
  const largest = data.reduce((a, x) => Math.max(a, Math.abs(x)), 0)
  const rows = [1, 0.8, 0.6, 0.4, 0.2, 0.1].map((share) => {
    const end = share * largest
    const range = { min: -end, max: end }
    const clipped = data.filter((x) => Math.abs(x) > end).length / data.length
    return [
      digits(end, 2),
      `${digits(100 * clipped, 3)}%`,
      digits(sqnr(data, range, 255), 1),
      digits(sqnr(data, range, 15), 1),
    ]
  })
  return table([['range ±', 'clipped', '8 bits, dB', '4 bits, dB'], ...rows])
}

function halves() {
  return [65503, 65519, 65520, 1e-7, 1e-8].map((x) => `${x} -> ${float16ToNumber(roundToFloat16(x))}`)
}

const grid = scaleAndZeroPoint()
const examples = {
  scale: grid.lines,
  rounding: rounding(grid),
  tie: tie(),
  layer: layer(grid),
  bits: bits(),
  clipping: clipping(),
  halves: halves(),
}

const page = readFileSync(PAGE, 'utf8')
let written = page
for (const [name, lines] of Object.entries(examples)) {
  const place = new RegExp(`(<!-- example: ${name} -->\n\n\`\`\`text\n)[^]*?(\n\`\`\`)`)
  if (!place.test(written)) throw new Error(`${PAGE} has no place for the example "${name}"`)
  written = written.replace(place, (_, begin, end) => `${begin}${lines.join('\n')}${end}`)
}
if (process.argv.includes('--write')) writeFileSync(PAGE, written)
else if (!process.argv.includes('--check'))
  for (const [name, lines] of Object.entries(examples)) console.log(`${name}\n${lines.join('\n')}\n`)
else if (written !== page) {
  console.error(`${PAGE} has other figures: node docs/numerics-from-first-principles.mjs --write`)
  process.exitCode = 1
}
