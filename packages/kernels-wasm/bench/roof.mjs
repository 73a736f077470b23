// What multiply-adds could come to if nothing but them took time: ten independent sums of each kind in registers,
// right sides from the first-level cache, one thread, in turns.
//   node bench/roof.mjs
import asc from 'assemblyscript/asc'
import { median, race, ratio } from './race.mjs'

const SUMS = 10
const TURNS = 1_000_000
/** How a sum takes products in, and how many products that is. */
const KINDS = {
  'f32x4.mul + add': { step: (sum, at) => `f32x4.add(${sum}, f32x4.mul(x, ${at}))`, products: 4 },
  'i32x4.dot_i16x8_s + add': {
    step: (sum, at) => `i32x4.add(${sum}, i32x4.dot_i16x8_s(x, ${at}))`,
    products: 8,
  },
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': {
    step: (sum, at) => `i32x4.relaxed_dot_i8x16_i7x16_add_s(${at}, x, ${sum})`,
    products: 16,
  },
}

async function compile(step) {
  const numbers = Array.from({ length: SUMS }, (_, i) => i)
  const source = `export function run(turns: i32, at: usize): i32 {
    ${numbers.map((i) => `let s${i} = v128.load(at, ${16 * i})`).join('\n')}
    const x = v128.load(at, ${16 * SUMS})
    for (let i = 0; i < turns; i++) { ${numbers.map((i) => `s${i} = ${step(`s${i}`, `v128.load(at, ${16 * i})`)}`).join('\n')}}
    return i32x4.extract_lane(${numbers.map((i) => `s${i}`).reduce((all, sum) => `v128.xor(${all}, ${sum})`)}, 0)
  }`
  const options = {
    optimizeLevel: 3,
    runtime: 'stub',
    noAssert: true,
    enable: ['simd', 'relaxed-simd'],
    initialMemory: 2,
  }
  const { error, binary } = await asc.compileString(source, options)
  if (error) throw error
  const { instance } = await WebAssembly.instantiate(binary)
  new Float32Array(instance.exports.memory.buffer).fill(1)
  return instance.exports.run
}

const AT = 16384
const contenders = {}
for (const [name, { step }] of Object.entries(KINDS)) {
  try {
    const run = await compile(step)
    contenders[name] = async () => run(TURNS, AT)
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
    console.log(`${name}: this engine does not have it`)
  }
}
const times = await race(contenders)
const [float] = Object.values(times)
for (const [name, ms] of Object.entries(times))
  console.log(
    `${name}: ${((SUMS * KINDS[name].products * TURNS) / 1e6 / median(ms)).toFixed(1)} GMAC/s, times FP32's ${ratio(
      float.map((value) => value * (KINDS[name].products / 4)),
      ms,
    )}`,
  )
