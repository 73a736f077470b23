import type { Random } from '../../statistics/random.ts'
import { elements, tensor, type Shape } from '../../tensor/tensor.ts'
import {
  alsoFixedPoint,
  bytePairs,
  bytes,
  FREE,
  randomTensor,
  SHAPES,
  SPECIAL_HALVES,
  specOf,
  WHOLE,
  type Case,
} from '../case.ts'
import { HELD, nanCases } from '../nan.ts'
import type { Checks } from '../record.ts'
import { PRECISION, PRECISIONS } from '../../numerics/index.ts'
import type { Constants } from '../spec.ts'
import type { AddSpec, MulSpec, PairSpec } from './pair.ts'

type IntPair = Extract<Constants, { kind: 'int-add' | 'int-mul' }>

export const AddChecks: Checks<AddSpec> = {
  bound: 'exact',
  *cases(random) {
    yield* alsoFixedPoint(drawn('Add', random, addGrids, (shape) => [shape]))
    yield* halves()
    yield* nanCases(({ image }) => [{ op: 'Add', inputs: [image, image], output: image }, HELD])
  },
  ties: (thin) => pairsOfBytes('Add', thin, ADD_TIES),
}

export const MulChecks: Checks<MulSpec> = {
  bound: 'exact',
  *cases(random) {
    const factors = (shape: Shape): Shape[] =>
      shape.length === 4 && elements(shape) > 1 ? [shape, [shape[0], shape[1], 1, 1]] : [shape]
    yield* alsoFixedPoint(drawn('Mul', random, mulGrids, factors))
    yield* nanCases(({ image }) => [{ op: 'Mul', inputs: [image, image], output: image }, HELD])
  },
  *ties(thin) {
    yield* pairsOfBytes('Mul', thin, MUL_TIES)
    if (!thin) yield byChannel()
  },
}

function* drawn<Op extends PairSpec['op']>(
  op: Op,
  random: Random,
  grids: (random: Random) => IntPair,
  factors: (shape: Shape) => readonly Shape[],
): Generator<Case<Extract<PairSpec, { op: Op }>>> {
  for (const precision of PRECISIONS)
    for (const shape of SHAPES)
      for (const [i, factor] of factors(shape).entries()) {
        const [a, b] = [shape, factor].map((one) => specOf(PRECISION[precision].dtype, one))
        yield {
          name: `${op} ${precision}: ${shape.join('x')}${i === 0 ? '' : ', one factor a channel'}`,
          spec: { op, inputs: [a, b], output: a } as never,
          constants: precision === 'int8' ? grids(random) : { kind: 'clamp', clamp: [-1, 3] },
          inputs: [randomTensor(random, a), randomTensor(random, b)],
        }
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

/** Scales from 0.01 up by as much as `spread`. */
function sides(random: Random, spread: number): Pick<IntPair, 'a' | 'b'> {
  const side = (): IntPair['a'] => ({
    scale: Math.fround(0.01 + random.uniform() * spread),
    zeroPoint: random.below(256) - 128,
  })
  return { a: side(), b: side() }
}

/** Halves are rounded as IEEE 754 says. */
function* halves(): Generator<Case<AddSpec>> {
  for (const [title, a, b] of [
    // 65504 + 65504 overflows, 2^-24 + 2^-24 stays subnormal.
    ['overflow to infinity, exact subnormals', SPECIAL_HALVES, SPECIAL_HALVES],
    // Sums that lie between two halves: ties go to the even one.
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

/** Scales of two inputs, and the inverse of the output's, that put real values on ties but for their rounding. */
type Ties = readonly (readonly [title: string, a: number, b: number, inverseScale: number])[]

const ADD_TIES: Ties = [
  ['1/255 and 1/255', 1 / 255, 1 / 255, 127.5],
  ['0.1 and 0.2', 0.1, 0.2, 5],
]

const MUL_TIES: Ties = [
  ['0.1 and 0.2', 0.1, 0.2, 5],
  ['1/3 and 1/3', 1 / 3, 1 / 3, 1.5],
]

function* pairsOfBytes<Op extends PairSpec['op']>(
  op: Op,
  thin: boolean,
  ties: Ties,
): Generator<Case<Extract<PairSpec, { op: Op }>>> {
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

function byChannel(): Case<MulSpec> {
  const [image, factor] = [specOf('int8', [1, 256, 16, 16]), specOf('int8', [1, 256, 1, 1])]
  return {
    name: 'Mul int8: pairs of bytes, one factor a channel',
    spec: { op: 'Mul', inputs: [image, factor], output: image },
    constants: tied('Mul', 0.1, 0.2, 5),
    inputs: [bytes(image.shape, (i) => (i & 255) - 128), bytes(factor.shape, (i) => i - 128)],
  }
}

function tied(op: PairSpec['op'], a: number, b: number, inverseScale: number): Constants {
  return {
    kind: op === 'Add' ? 'int-add' : 'int-mul',
    a: { scale: Math.fround(a), zeroPoint: 0 },
    b: { scale: Math.fround(b), zeroPoint: 0 },
    inverseScale,
    outputZeroPoint: 0,
    clamp: WHOLE,
  }
}
