import { PRECISION, PRECISIONS } from '../../numerics/index.ts'
import type { Random } from '../../statistics/random.ts'
import { elements, type Tensor } from '../../tensor/tensor.ts'
import { floatTensor, randomFloats, randomTables, randomTensor, SHAPES, specOf } from '../case.ts'
import { nanCases } from '../nan.ts'
import type { Checks } from '../record.ts'
import type { TensorSpec } from '../spec.ts'
import { FUNCTIONS, type Unary } from './functions.ts'
import { forEachFunction, type SpecBy } from './unary.ts'

type OpName = keyof Unary

/** All functions handle shapes the same way, so only the first function is tried with all shapes. */
const FIRST: OpName = 'Sigmoid'

/** The largest magnitude that is tried, unless a function has its own range. */
const RANGE = 12

export const UNARY_CHECKS: { readonly [Op in OpName]: Checks<SpecBy<Op>> } = /* @__PURE__ */ forEachFunction(
  checks,
) as never

function checks<Op extends OpName>(op: Op): Checks<SpecBy<Op>> {
  const { bound, tried, range = RANGE } = FUNCTIONS[op]
  const specOn = (x: TensorSpec, attributes: Unary[Op]): SpecBy<Op> =>
    ({ op, ...attributes, inputs: [x], output: x }) as never
  return {
    bound,
    *cases(random) {
      for (const precision of PRECISIONS)
        for (const shape of op === FIRST ? SHAPES : [SHAPES[1]]) {
          const x = specOf(PRECISION[precision].dtype, shape)
          const integer = precision === 'int8'
          // The int8 kernel does not depend on the attributes.
          for (const attributes of integer ? tried.slice(0, 1) : tried)
            yield {
              name: `${op} ${precision}: ${[shape.join('x'), ...Object.values(attributes ?? {})].join(', ')}`,
              spec: specOn(x, attributes),
              constants: integer ? { kind: 'int-table', table: randomTables(random, 1) } : { kind: 'none' },
              inputs: [integer ? randomTensor(random, x) : spread(random, x, range)],
            }
        }
      yield* nanCases(({ image }) => [specOn(image, tried[0]), { kind: 'none' }])
    },
    ties: () => [],
  }
}

/** Floats in [-range, range). */
function spread(random: Random, { dtype, shape }: TensorSpec, range: number): Tensor {
  return floatTensor(
    dtype,
    shape,
    randomFloats(random, elements(shape)).map((value) => (range / 2) * value),
  )
}
