import { sameShape } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { HOLD, keepLanes, WITH_INFINITY } from '../wgsl/output.ts'
import { elementwise, outputOf, type Operand } from './elementwise.ts'
import { elementOf, extentOf, floatElementOf, type Kernel } from './kernel.ts'
import type { Op, SpecOf } from './op.ts'
import { repetition } from './repetition.ts'
import { LOOK_UP, packEntries, TABLE } from './table.ts'

type Name = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max' | 'Equal' | 'Less' | 'LessOrEqual'
type Spec = SpecOf<Name>

/** Functions of two numbers. */
export const BINARY: { readonly [N in Name]?: Op<N> } = {
  Add: { build: (spec, features) => arithmetic(spec, features, '+') },
  Sub: { build: (spec, features) => arithmetic(spec, features, '-') },
  Mul: { build: (spec, features) => arithmetic(spec, features, '*') },
  Div: { build: (spec, features) => byFunction(spec, features, DIVIDED), isInexact: true },
  Pow: { build: (spec, features) => byFunction(spec, features, POWER), isInexact: true },
  Min: { build: (spec, features) => selection(spec, features, 'min') },
  Max: { build: (spec, features) => selection(spec, features, 'max') },
  Equal: { build: (spec, features) => byFunction(spec, features, compared('==')) },
  Less: { build: (spec, features) => byFunction(spec, features, compared('<')) },
  LessOrEqual: { build: (spec, features) => byFunction(spec, features, compared('<=')) },
}

/** WGSL of both operands' stored words for word `word`, and of their decoded values. */
function operandsOf({ inputs: [a, b], output }: Spec) {
  const isWhole = sameShape(a.shape, output.shape)
  if (isWhole && sameShape(b.shape, output.shape))
    return {
      a: (operand: Operand) => operand('a'),
      b: (operand: Operand) => operand('b'),
      lanesOf: { a: '', b: '' },
      functions: [],
      loop: {},
    }
  const [images, channels, ...pixels] = output.shape
  if (isWhole && sameShape(b.shape, [images, channels, ...pixels.map(() => 1)]))
    // One number per channel: `scalars.image` is the number of words in an image of a.
    return {
      a: (operand: Operand) => operand('a'),
      b: () => 'b[word / scalars.image * scalars.blocks + block]',
      lanesOf: { a: '', b: '' },
      functions: [],
      loop: { placed: true, sizes: { image: extentOf(a).p * extentOf(a).c4 } },
    }
  const [inA, inB] = [repetition('a', a, output), repetition('b', b, output)]
  return {
    a: () => `a[${inA.word}]`,
    b: () => `b[${inB.word}]`,
    lanesOf: { a: inA.isOne ? '.xxxx' : '', b: inB.isOne ? '.xxxx' : '' },
    functions: [...inA.functions, ...inB.functions],
    loop: { placed: true, sizes: { ...inA.sizes, ...inB.sizes } },
  }
}

/** WGSL of the values of both operands. */
function valuesOf(spec: Spec, features: Features) {
  const inputs = { a: elementOf(spec.inputs[0], features), b: elementOf(spec.inputs[1], features) }
  const { a, b, lanesOf, functions, loop } = operandsOf(spec)
  return {
    left: (operand: Operand) => `${inputs.a.decode}(${a(operand)})${lanesOf.a}`,
    right: (operand: Operand) => `${inputs.b.decode}(${b(operand)})${lanesOf.b}`,
    functions,
    loop: { ...loop, inputs },
  }
}

/** Both operands in real units, combined by an operator. */
function arithmetic(spec: Spec, features: Features, operator: '+' | '-' | '*'): Kernel {
  if (spec.output.dtype === 'int8') return byScales(spec, features, operator === '*' ? '*' : '+')
  const { left, right, functions, loop } = valuesOf(spec, features)
  const output = outputOf(spec, features)
  return elementwise<'clamp'>(spec, {
    ...loop,
    output: output.element,
    kind: 'clamp',
    scalars: output.scalars,
    functions: [...output.functions, ...functions],
    result: (operand) => `emit(${left(operand)} ${operator} ${right(operand)}, block)`,
    pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
  })
}

/**
 * int8 by scales. A subtracted operand has a negative scale. Every result except the last is held, so that no compiler
 * can contract a product into the sum, or reorder the factors.
 */
function byScales(spec: Spec, features: Features, operator: '+' | '*'): Kernel {
  const { left, right, functions, loop } = valuesOf(spec, features)
  const output = outputOf(spec, features)
  return elementwise<'int-add' | 'int-mul'>(spec, {
    ...loop,
    output: output.element,
    kind: operator === '*' ? 'int-mul' : 'int-add',
    scalars: {
      ...output.scalars,
      aScale: 'f32',
      bScale: 'f32',
      ...HOLD.scalars,
      inverseScale: 'f32',
      aZeroPoint: 'i32',
      bZeroPoint: 'i32',
    },
    functions: [
      ...output.functions,
      HOLD.wgsl,
      `
fn real(q: vec4<i32>, zeroPoint: i32, scale: f32) -> vec4<f32> { return hold(vec4<f32>(q - zeroPoint) * scale); }`,
      ...functions,
    ],
    result: (operand) => `emit(hold(real(${left(operand)}, scalars.aZeroPoint, scalars.aScale)
  ${operator} real(${right(operand)}, scalars.bZeroPoint, scalars.bScale)) * scalars.inverseScale, block)`,
    pack: (constants) => ({
      scalars: {
        ...output.values(constants.clamp, constants.outputZeroPoint),
        aScale: constants.a.scale,
        bScale: constants.b.scale,
        inverseScale: constants.inverseScale,
        ...HOLD.values,
        aZeroPoint: constants.a.zeroPoint,
        bZeroPoint: constants.b.zeroPoint,
      },
    }),
  })
}

/** The minimum or the maximum of both operands. int8 goes through the tables that bring both onto the output's grid. */
function selection(spec: Spec, features: Features, choose: 'min' | 'max'): Kernel {
  if (spec.output.dtype !== 'int8')
    return byFunction(spec, features, [
      `
fn joined(a: vec4<f32>, b: vec4<f32>, nan: vec4<bool>) -> vec4<f32> { return withNaN(${choose}(a, b), nan); }`,
    ])
  const { left, right, functions, loop } = valuesOf(spec, features)
  const y = elementOf(spec.output, features)
  return elementwise<'int-select'>(spec, {
    ...loop,
    output: y,
    kind: 'int-select',
    scalars: {},
    tables: [TABLE],
    functions: [keepLanes(y, extentOf(spec.output).padding), LOOK_UP, ...functions],
    result: (operand) => `${y.encode}(keep(${choose}(
  lookUp(${left(operand)}, 0u),
  lookUp(${right(operand)}, 1u)), block))`,
    pack: ({ tables }) => ({ scalars: {}, tables: [packEntries(tables)] }),
  })
}

/** Floats by `joined(a, b, nan)`, where `nan` marks the lanes in which a or b is NaN. */
function byFunction(spec: Spec, features: Features, joined: readonly string[]): Kernel {
  const inputs = { a: floatElementOf(spec.inputs[0], features), b: floatElementOf(spec.inputs[1], features) }
  const { a, b, lanesOf, functions, loop } = operandsOf(spec)
  const output = outputOf(spec, features)
  return elementwise<'clamp'>(spec, {
    ...loop,
    inputs,
    output: output.element,
    kind: 'clamp',
    scalars: output.scalars,
    functions: [
      ...output.functions,
      ...joined,
      ...functions,
      `
fn met(a: ${inputs.a.storage}, b: ${inputs.b.storage}) -> vec4<f32> {
  let nan = (${nanIn(inputs.a, 'a')})${lanesOf.a} | (${nanIn(inputs.b, 'b')})${lanesOf.b};
  return joined(${inputs.a.decode}(a)${lanesOf.a}, ${inputs.b.decode}(b)${lanesOf.b}, nan);
}`,
    ],
    result: (operand) => `emit(met(${a(operand)}, ${b(operand)}), block)`,
    pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
  })
}

const ZERO = 'vec4<f32>()'

/**
 * The bits of the divisor decide the result of a division by zero, because compilers may assume that neither infinity
 * nor NaN occurs.
 */
const DIVIDED: readonly string[] = [
  WITH_INFINITY,
  `
fn joined(a: vec4<f32>, b: vec4<f32>, nan: vec4<bool>) -> vec4<f32> {
  let sign = bitcast<vec4<f32>>(bitcast<vec4<u32>>(a) ^ bitcast<vec4<u32>>(b));
  let none = b == ${ZERO};
  return withNaN(withInfinity(a / b, sign, none & (a != ${ZERO})), nan | (none & (a == ${ZERO})));
}`,
]

/**
 * WGSL's pow takes positive numbers only. For negative numbers, a whole exponent gives the sign, and no other exponent
 * is defined.
 */
const POWER: readonly string[] = [
  WITH_INFINITY,
  `
fn joined(a: vec4<f32>, b: vec4<f32>, nan: vec4<bool>) -> vec4<f32> {
  let magnitude = pow(max(abs(a), vec4<f32>(1e-38)), b);
  let isWhole = floor(b) == b;
  let isOdd = isWhole & (floor(b * 0.5) != b * 0.5);
  let atZero = a == ${ZERO};
  let signed = select(magnitude, -magnitude, isOdd & (a < ${ZERO}));
  let value = select(signed, select(${ZERO}, vec4<f32>(1.0), b == ${ZERO}), atZero);
  let sign = select(vec4<f32>(1.0), a, isOdd);
  return withNaN(withInfinity(value, sign, atZero & (b < ${ZERO})), nan | ((a < ${ZERO}) & !isWhole));
}`,
]

/** Compares bits as integers with the same order, because devices may treat a subnormal as zero. NaN has no order. */
function compared(operator: '==' | '<' | '<='): readonly string[] {
  return [
    `
fn placeOf(x: vec4<f32>) -> vec4<i32> {
  let bits = bitcast<vec4<i32>>(x);
  return select(bits, vec4<i32>(-2147483647 - 1) - bits, bits < vec4<i32>());
}
fn joined(a: vec4<f32>, b: vec4<f32>, nan: vec4<bool>) -> vec4<f32> {
  return select(${ZERO}, vec4<f32>(1.0), (placeOf(a) ${operator} placeOf(b)) & !nan);
}`,
  ]
}
