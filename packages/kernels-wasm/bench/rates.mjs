// What an engine reaches with nothing but one kind of instruction, on one thread.
import asc from 'assemblyscript/asc'
import { race } from './race.mjs'

const SUMS = 10
const TURNS = 1_000_000
/** How a sum takes products in, and how many products that is. */
export const KINDS = {
  'f32x4.mul + add': { step: (sum, at) => `f32x4.add(${sum}, f32x4.mul(x, ${at}))`, products: 4 },
  'f32x4.relaxed_madd': { step: (sum, at) => `f32x4.relaxed_madd(x, ${at}, ${sum})`, products: 4 },
  'i32x4.dot_i16x8_s + add': {
    step: (sum, at) => `i32x4.add(${sum}, i32x4.dot_i16x8_s(x, ${at}))`,
    products: 8,
  },
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': {
    step: (sum, at) => `i32x4.relaxed_dot_i8x16_i7x16_add_s(${at}, x, ${sum})`,
    products: 16,
  },
}
/** Bytes that one turn of a copy reads, and writes again. */
const COPIED = 16384
const COPIES = 200

async function compiled(source) {
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

/** Ten independent sums in registers, right sides from the first-level cache. */
function sums(step) {
  const numbers = Array.from({ length: SUMS }, (_, i) => i)
  const steps = numbers.map((i) => `s${i} = ${step(`s${i}`, `v128.load(at, ${16 * i})`)}`).join('\n')
  return compiled(`export function run(turns: i32, at: usize): i32 {
    ${numbers.map((i) => `let s${i} = v128.load(at, ${16 * i})`).join('\n')}
    const x = v128.load(at, ${16 * SUMS})
    for (let i = 0; i < turns; i++) { ${steps}}
    return i32x4.extract_lane(${numbers.map((i) => `s${i}`).reduce((all, sum) => `v128.xor(${all}, ${sum})`)}, 0)
  }`)
}

/** Vectors from one part of the first-level cache to another. */
function copies() {
  return compiled(`export function run(turns: i32, at: usize): i32 {
    for (let i = 0; i < turns; i++)
      for (let from = at, end = at + ${COPIED}; from < end; from += 64) {
        v128.store(from, v128.load(from), ${COPIED})
        v128.store(from, v128.load(from, 16), ${COPIED + 16})
        v128.store(from, v128.load(from, 32), ${COPIED + 32})
        v128.store(from, v128.load(from, 48), ${COPIED + 48})
      }
    return turns
  }`)
}

const AT = 16384

/**
 * ms of runs in turns by kind, `copy` among them, where the engine has its instructions; the work of a run is
 * `workOf`.
 */
export async function timesByKind(how) {
  const contenders = {}
  for (const [name, { step }] of Object.entries(KINDS)) {
    try {
      const run = await sums(step)
      contenders[name] = async () => run(TURNS, AT)
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error
    }
  }
  const copy = await copies()
  contenders.copy = async () => copy(COPIES, AT)
  return race(contenders, how)
}

/** Millions of multiply-adds of one run, or of bytes read and written. */
export function workOf(name) {
  return (name === 'copy' ? 2 * COPIED * COPIES : SUMS * KINDS[name].products * TURNS) / 1e6
}
