import type { Random } from '../../statistics/random.ts'
import { elements, tensor, type Shape } from '../../tensor/tensor.ts'
import {
  alsoFixedPoint,
  bytePairs,
  bytes,
  FREE,
  randomTables,
  randomTensor,
  SHAPES,
  SPECIAL_HALVES,
  specOf,
  WHOLE,
  type Case,
} from '../case.ts'
import { HELD, nanCases } from '../nan.ts'
import type { Checks } from '../record.ts'
import { FLOAT_PRECISIONS, PRECISION, PRECISIONS, type Precision } from '../../numerics/index.ts'
import type { Constants } from '../spec.ts'
import type { IntPair } from './fixed.ts'
import { FUNCTIONS, type PairName } from './functions.ts'
import { forEachPair, type PairSpecBy } from './pair.ts'

type Factors = (shape: Shape) => readonly (readonly [a: Shape, b: Shape])[]

/** Tensors of one shape. */
const alike: Factors = (shape) => [[shape, shape]]

/** The same, and with one factor per channel. */
const byFactor: Factors = (shape) => [
  [shape, shape],
  ...(shape.length === 4 && elements(shape) > 1 ? [[shape, [shape[0], shape[1], 1, 1]] as const] : []),
]

/** Broadcasting along each axis, of one side or both, and with few channels. */
const REPEATED: readonly (readonly [a: Shape, b: Shape])[] = [
  [
    [2, 9, 4, 3],
    [1, 9, 1, 1],
  ],
  [
    [2, 1, 4, 3],
    [2, 9, 4, 3],
  ],
  [
    [1, 9, 1, 3],
    [2, 1, 4, 1],
  ],
  [
    [2, 3, 4, 5],
    [1, 1, 1, 1],
  ],
  [
    [2, 1, 3, 5],
    [2, 1, 1, 5],
  ],
  [
    [3, 10],
    [3, 1],
  ],
  [
    [2, 6, 5],
    [1, 6, 5],
  ],
  [
    [2, 8, 2, 1, 3],
    [2, 8, 1, 2, 1],
  ],
]

/** Only Add is tried with all shapes, because the loops of the other ops are the same. */
const SOME: readonly Shape[] = [SHAPES[1], SHAPES[6]]

function checks<Op extends PairName>(op: Op): Checks<PairSpecBy<Op>> {
  const own = CHECKS[op]
  return {
    bound: FUNCTIONS[op].bound,
    *cases(random) {
      if (own === undefined) yield* drawn(op, random, SOME, alike)
      else yield* alsoFixedPoint(drawn(op, random, own.shapes, own.factors))
      yield* repeated(op, random)
      if (op === 'Add') yield* halves() as Iterable<Case<PairSpecBy<Op>>>
      yield* nan(op) as Iterable<Case<PairSpecBy<Op>>>
    },
    *ties(thin) {
      if (own !== undefined && !(thin && own.shared)) yield* pairsOfBytes(op, thin, own.ties)
      if (op === 'Mul' && !thin) yield byChannel() as Case<PairSpecBy<Op>>
    },
  }
}

/**
 * NaN stays NaN, and is neither above, below nor equal to any number. Most other numbers are the same on both sides.
 */
function* nan(op: PairName): Generator<Case<PairSpecBy<PairName>>> {
  const compares = op === 'Equal' || op === 'Less' || op === 'LessOrEqual'
  for (const one of nanCases(({ image }) => [{ op, inputs: [image, image], output: image }, HELD]))
    yield compares
      ? { ...one, name: one.name.replace('NaN stays NaN', 'NaN, and numbers that are the same') }
      : one
}

interface Own {
  readonly shapes: readonly Shape[]
  readonly factors: Factors
  readonly ties: Ties
  /** Whether the op shares the kernel of another op, with which a device that has just opened is tried. */
  readonly shared: boolean
}

function constantsOf(op: PairName, precision: Precision, random: Random): Constants {
  if (precision !== 'int8') return { kind: 'clamp', clamp: [-1, 3] }
  switch (op) {
    case 'Add':
      return addGrids(random)
    case 'Sub': {
      const { b, ...rest } = addGrids(random)
      return { ...rest, b: { ...b, scale: -b.scale } }
    }
    case 'Mul':
      return mulGrids(random)
    default:
      return { kind: 'int-select', tables: randomTables(random, 2) }
  }
}

function* drawn<Op extends PairName>(
  op: Op,
  random: Random,
  shapes: readonly Shape[],
  factors: Factors,
): Generator<Case<PairSpecBy<Op>>> {
  for (const precision of precisionsOf(op))
    for (const shape of shapes)
      for (const [i, operands] of factors(shape).entries())
        yield made(
          op,
          precision,
          random,
          operands,
          shape,
          `${shape.join('x')}${i === 0 ? '' : ', one factor a channel'}`,
        )
}

function* repeated<Op extends PairName>(op: Op, random: Random): Generator<Case<PairSpecBy<Op>>> {
  for (const precision of precisionsOf(op))
    for (const [a, b] of op === 'Add' ? REPEATED : REPEATED.slice(1, 3)) {
      const shape = a.map((size, axis) => Math.max(size, b[axis]))
      yield made(op, precision, random, [a, b], shape, `${a.join('x')} and ${b.join('x')}`)
    }
}

function precisionsOf(op: PairName): readonly Precision[] {
  return FUNCTIONS[op].integers === null ? FLOAT_PRECISIONS : PRECISIONS
}

function made<Op extends PairName>(
  op: Op,
  precision: Precision,
  random: Random,
  operands: readonly Shape[],
  shape: Shape,
  title: string,
): Case<PairSpecBy<Op>> {
  const { dtype } = PRECISION[precision]
  const inputs = operands.map((operand) => specOf(dtype, operand))
  return {
    name: `${op} ${precision}: ${title}`,
    spec: { op, inputs, output: specOf(dtype, shape) } as never,
    constants: constantsOf(op, precision, random),
    inputs: inputs.map((input) => randomTensor(random, input)),
  }
}

function addGrids(random: Random): IntPair {
  const inverseScale = Math.fround(1 / 0.06)
  return { kind: 'int-add', ...sides(random, 0.05), inverseScale, outputZeroPoint: -9, clamp: WHOLE }
}

function mulGrids(random: Random): IntPair {
  const inverseScale = Math.fround(1 / 0.03)
  return { kind: 'int-mul', ...sides(random, 0.02), inverseScale, outputZeroPoint: 21, clamp: [-120, 127] }
}

/** Scales from 0.01 up to 0.01 plus `spread`. */
function sides(random: Random, spread: number): Pick<IntPair, 'a' | 'b'> {
  const side = (): IntPair['a'] => ({
    scale: Math.fround(0.01 + random.uniform() * spread),
    zeroPoint: random.below(256) - 128,
  })
  return { a: side(), b: side() }
}

/** Halves are rounded as IEEE 754 says. */
function* halves(): Generator<Case<PairSpecBy<'Add'>>> {
  for (const [title, a, b] of [
    // 65504 + 65504 overflows, 2^-24 + 2^-24 stays subnormal.
    ['overflow to infinity, exact subnormals', SPECIAL_HALVES, SPECIAL_HALVES],
    // Sums between two halves: ties go to the even half.
    ['ties to even', [0x3c00, 0x3c01, 0x3c02, 0xbc01], [0x1000, 0x1000, 0x1001, 0x9000]],
  ] as const) {
    const spec = specOf('float16', [1, a.length])
    yield {
      name: `Add fp16: ${title}`,
      spec: { op: 'Add', inputs: [spec, spec], output: spec },
      constants: { kind: 'clamp', clamp: FREE },
      inputs: [a, b].map((halves) => tensor('float16', spec.shape, Uint16Array.from(halves))),
    }
  }
}

/**
 * The scales of two inputs and the inverse of the output's scale. With them, real values are ties except for rounding.
 */
type Ties = readonly (readonly [title: string, a: number, b: number, inverseScale: number])[]

const ADD_TIES: Ties = [
  ['1/255 and 1/255', 1 / 255, 1 / 255, 127.5],
  ['0.1 and 0.2', 0.1, 0.2, 5],
]

const SUB_TIES: Ties = [
  ['1/255 and -1/255', 1 / 255, -1 / 255, 127.5],
  ['0.1 and -0.2', 0.1, -0.2, 5],
]

const MUL_TIES: Ties = [
  ['0.1 and 0.2', 0.1, 0.2, 5],
  ['1/3 and 1/3', 1 / 3, 1 / 3, 1.5],
]

/** The ops that work with scales. */
const CHECKS: { readonly [Op in PairName]?: Own } = {
  Add: { shapes: SHAPES, factors: alike, ties: ADD_TIES, shared: false },
  Sub: { shapes: SOME, factors: alike, ties: SUB_TIES, shared: true },
  Mul: { shapes: SHAPES, factors: byFactor, ties: MUL_TIES, shared: false },
}

export const PAIR_CHECKS: { readonly [Op in PairName]: Checks<PairSpecBy<Op>> } = /* @__PURE__ */ forEachPair(
  checks,
) as never

function* pairsOfBytes<Op extends PairName>(
  op: Op,
  thin: boolean,
  ties: Ties,
): Generator<Case<PairSpecBy<Op>>> {
  const { side, number } = bytePairs(thin)
  const spec = specOf('int8', [side, side])
  const inputs = [
    bytes(spec.shape, (place) => (number(place) >> 8) - 128),
    bytes(spec.shape, (place) => (number(place) & 255) - 128),
  ]
  for (const [title, a, b, inverseScale] of ties)
    yield {
      name: `${op} int8: pairs of bytes, scales ${title}, inverse ${inverseScale}`,
      spec: { op, inputs: [spec, spec], output: spec } as never,
      constants: tied(op, a, b, inverseScale),
      inputs,
    }
}

function byChannel(): Case<PairSpecBy<'Mul'>> {
  const [image, factor] = [specOf('int8', [1, 256, 16, 16]), specOf('int8', [1, 256, 1, 1])]
  return {
    name: 'Mul int8: pairs of bytes, one factor a channel',
    spec: { op: 'Mul', inputs: [image, factor], output: image },
    constants: tied('Mul', 0.1, 0.2, 5),
    inputs: [bytes(image.shape, (i) => (i & 255) - 128), bytes(factor.shape, (i) => i - 128)],
  }
}

function tied(op: PairName, a: number, b: number, inverseScale: number): Constants {
  return {
    kind: op === 'Mul' ? 'int-mul' : 'int-add',
    a: { scale: Math.fround(a), zeroPoint: 0 },
    b: { scale: Math.fround(b), zeroPoint: 0 },
    inverseScale,
    outputZeroPoint: 0,
    clamp: WHOLE,
  }
}
