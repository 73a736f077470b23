import type { OpSpec } from '@octet/core'

type Op = OpSpec['op']

/** Where an op's shader has an operation: a pattern whose groups `a` and `b` are its operands. */
type Sites = Partial<Record<Op, RegExp>>

const PAIR = (sign: string): RegExp =>
  new RegExp(String.raw`hold\((?<a>real\([^;]*?aScale\))\s*${sign} (?<b>real\([^;]*?bScale\))\)`, 'g')
const OPERAND = /hold\((?<a>vec4<f32>\(q - zeroPoint\)) \* (?<b>scale)\)/g
const SETTLED = /(?<a>vec4<f32>\(sums \+ channel\.bias\)) \* (?<b>channel\.multiplier)/g
const SCALED_PAIR = /emit\((?<a>hold\([^;]*?bScale\)\)) \* (?<b>scalars\.inverseScale), block/g

const OPERANDS: Sites = { Add: OPERAND, Mul: OPERAND }
const SUM: Sites = {
  Add: PAIR(String.raw`\+`),
  Normalize: /hold\((?<a>decode_float32\(q\)) - (?<b>offset\[block\])\)/g,
}
const INNER: Sites = {
  Mul: PAIR(String.raw`\*`),
  Normalize: /let v = (?<a>hold\([^;]*?\)) \* (?<b>scale\[block\]);/g,
}
const LAST: Sites = {
  Add: SCALED_PAIR,
  Mul: SCALED_PAIR,
  QuantizeLinear: /withoutNaN\((?<a>decode_float\d\d\(q\)) \* (?<b>scalars\.inverseScale), /g,
  Normalize: /withoutNaN\((?<a>hold\(v\)) \* (?<b>scalars\.inverseScale), /g,
  DequantizeLinear: /emit\((?<a>vec4<f32>\([^;]*?scalars\.zeroPoint\)) \* (?<b>scalars\.scale), block/g,
  Gemm: SETTLED,
  Conv: SETTLED,
  MatMul: /emit\((?<a>vec4<f32>\([^;]*?\)) \* (?<b>scalars\.multiplier), /g,
  AveragePool: /emit\((?<a>vec4<f32>\([^;]*?inputZeroPoint\)) \* (?<b>multipliers\[count\]), block/g,
}

/** Rounding of a result whose exact value is p + e: what is added to its bits, which count away from zero. */
const TOWARD: Readonly<Record<string, string>> = {
  zero: 'select(vec4<i32>(), vec4<i32>(-1), off & !outward)',
  away: 'select(vec4<i32>(), vec4<i32>(1), off & outward)',
  up: 'select(vec4<i32>(), select(vec4<i32>(-1), vec4<i32>(1), outward), e > vec4<f32>())',
  down: 'select(vec4<i32>(), select(vec4<i32>(-1), vec4<i32>(1), outward), e < vec4<f32>())',
}

/**
 * The operations as another compiler might have them. No adapter here contracts or rounds otherwise, so what a
 * product, a sum or a conversion leaves over is computed exactly: products by halves of 12 bits (Dekker 1971), sums
 * by Knuth's two-sum. Results are kept from the compiler by a bound in a buffer: lavapipe makes b of (a + b) - a.
 */
function library(direction: string): string {
  return `
fn halved(v: vec4<f32>) -> vec4<f32> { return bitcast<vec4<f32>>(bitcast<vec4<u32>>(v) & vec4<u32>(0xfffff000u)); }
fn productError(a: vec4<f32>, b: vec4<f32>, p: vec4<f32>) -> vec4<f32> {
  let ah = halved(a);
  let bh = halved(b);
  let al = a - ah;
  let bl = b - bh;
  return (((ah * bh - p) + ah * bl) + al * bh) + al * bl;
}
fn sumError(a: vec4<f32>, b: vec4<f32>, s: vec4<f32>) -> vec4<f32> {
  let part = kept(s - a);
  return (a - (s - part)) + (b - part);
}
fn stepped(p: vec4<f32>, e: vec4<f32>) -> vec4<f32> {
  let off = e != vec4<f32>();
  let outward = (e > vec4<f32>()) == (p > vec4<f32>());
  return bitcast<vec4<f32>>(bitcast<vec4<i32>>(p) + ${TOWARD[direction]});
}
fn product(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let p = kept(a * b);
  return stepped(p, productError(a, b, p));
}
fn total(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let s = kept(a + b);
  return stepped(s, sumError(a, b, s));
}
fn converted(i: vec4<i32>) -> vec4<f32> { return stepped(vec4<f32>(i), vec4<f32>(i - vec4<i32>(vec4<f32>(i)))); }
fn fused(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> vec4<f32> {
  let p = kept(a * b);
  let s = kept(p + c);
  return s + (sumError(p, c, s) + productError(a, b, p));
}
fn kept(v: vec4<f32>) -> vec4<f32> { return max(v, vec4<f32>(scalars.lo - 1e6)); }
`
}

/** A shader's text with one kind of its operations replaced. */
export type Rewrite = (code: string) => string

/** Puts `made(a, b)` in place of the operation at a site. */
function at(site: RegExp | undefined, made: (a: string, b: string) => string, direction = 'zero'): Rewrite {
  if (site === undefined) throw new Error('the op has no such operation')
  return (code) =>
    code
      .replace(site, (whole: string, ...rest: unknown[]) => {
        const { a, b } = rest.at(-1) as { readonly a: string; readonly b: string }
        return whole.slice(0, whole.indexOf(a)) + made(a, b) + whole.slice(whole.lastIndexOf(b) + b.length)
      })
      .replace('\n@compute', `${library(direction)}\n@compute`)
}

/** `name(a, b)` on vectors. */
function call(name: string): (a: string, b: string) => string {
  return (a, b) => `${name}(vec4<f32>(${a}), vec4<f32>(${b}))`
}

/** What `pattern` captures in an operand. */
function within(operand: string, pattern: RegExp): string[] {
  const found = pattern.exec(operand)
  if (found === null) throw new Error(`no ${pattern.source} in ${operand}`)
  return found.slice(1)
}

/** Both operands of a pair, from what is held. */
const BOTH = /^hold\((real\([^;]*?aScale\))\s*[+*] (real\([^;]*?bScale\))\)$/

/** The factors of `real(q, zeroPoint, scale)`. */
function factors(operand: string): string {
  const [q, zeroPoint, scale] = within(operand, /^real\(([^;]*), (scalars\.\w+), (scalars\.\w+)\)$/)
  return `vec4<f32>(${q} - ${zeroPoint}), vec4<f32>(${scale})`
}

/** Each change that `MUTATIONS` of the kit's own tests names, made to the text of the op's shader. */
export function rewriteOf(op: Op, what: string): Rewrite {
  const [change, direction] = what.split(/ rounded (?=(?:zero|away|up|down)$)/)
  switch (change) {
    case "the operands' products":
      return at(OPERANDS[op], call('product'), direction)
    case 'sums':
      return at(SUM[op], (a, b) => call('total')(a, op === 'Normalize' ? `-${b}` : b), direction)
    case 'the inner product':
      return at(INNER[op], call('product'), direction)
    case 'the last product':
      return at(LAST[op], call('product'), direction)
    case 'sums converted to float32':
      return at(LAST[op], (a, b) => `converted${a.slice('vec4<f32>'.length)} * ${b}`, direction)
    case 'the first product contracted into the sum':
      return at(SUM[op], (a, b) => `fused(${factors(a)}, ${b})`)
    case 'the second product contracted into the sum':
      return at(SUM[op], (a, b) => `fused(${factors(b)}, ${a})`)
    case 'the inverse multiplied into both operands':
      return at(LAST[op], (held, by) => {
        const [a, b] = within(held, BOTH)
        return `(kept(${a} * ${by}) + kept(${b} * ${by}))`
      })
    case 'reassociated as a (b inverse)':
      return at(LAST[op], (held, by) => {
        const [a, b] = within(held, BOTH)
        return `${a} * kept(${b} * ${by})`
      })
    case 'reassociated as b (a inverse)':
      return at(LAST[op], (held, by) => {
        const [a, b] = within(held, BOTH)
        return `${b} * kept(${a} * ${by})`
      })
    case 'its two factors multiplied first':
      return at(LAST[op], (_, by) => `hold(decode_float32(q) - offset[block]) * kept(scale[block] * ${by})`)
    case 'its offset multiplied through and contracted':
      return at(INNER[op], (held, scale) => {
        const [x] = within(held, /^hold\((.*) - offset\[block\]\)$/)
        return `fused(${x}, ${scale}, -kept(offset[block] * ${scale}))`
      })
    case 'divided in place of multiplied by the inverse':
      return at(LAST[op], (a, b) => `${a} / kept(vec4<f32>(1.0) / vec4<f32>(${b}))`)
    case 'ties rounded away from zero':
      return (code) => code.replace('round(v)', 'sign(v) * floor(abs(v) + 0.5)')
    case 'rounded by adding a half':
      return (code) => code.replace('round(v)', 'floor(v + 0.5)')
    default:
      throw new Error(`no rewrite is known for ${op}: ${what}`)
  }
}
