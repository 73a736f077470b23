import { BFLOAT16, isNarrow, kindOfType, rangeOfType, typeName } from '../import/constant.ts'
import { floatsOf } from '../import/fold/values.ts'
import { operands, refuse, type Source } from '../import/source.ts'
import { BOOL } from '../import/types.ts'
import { Chain } from './chain.ts'
import type { Reader, Reading } from './op.ts'
import { passOn } from './pass-on.ts'

const FLOAT = 1
/** The data types that hold every whole number of a float32 tensor, as in other runtimes: int32 and int64. */
const WIDE_INTEGERS: ReadonlySet<number> = new Set([6, 7])

/**
 * Activations are float32, whatever their type in the file, so a Cast to a float type changes nothing. A Cast to a wide
 * integer type cuts off fractions and leaves whole numbers unchanged. A narrow type also limits numbers to its range. A
 * truth value is 1 if a number is not 0.
 */
export const cast: Reader = (source) => {
  operands(source, 1)
  return castTo(source, source.attributes.int('to', 0))
}

/** A Cast to the type of the second input. */
export const castLike: Reader = (source) => {
  operands(source, 2)
  return castTo(source, source.typeOf(1) ?? FLOAT)
}

function castTo(source: Source, to: number): Reading {
  const [x] = source.inputs
  const from = source.typeOf(0)
  const held = source.constant(x)
  source.attributes.ignore('saturate', 'round_mode')
  const isFloat = kindOfType(to) === 'float' && to !== BFLOAT16 && !isNarrow(to)
  const isWide = WIDE_INTEGERS.has(to)
  if (isFloat || from === to || from === BOOL || (isWide && source.holdsWholeNumbers(x)))
    return held?.kind === 'integer' && isFloat
      ? { constant: floatsOf(held.shape, held.values) }
      : kindOfType(to) === undefined
        ? refuseType(source, to)
        : passOn(source)
  const chain = new Chain(source)
  if (to === BOOL) chain.not('truth', chain.not('none', x))
  else if (isWide) chain.truncate('cut', x)
  else {
    const range = source.holdsWholeNumbers(x) ? rangeOfType(to) : undefined
    if (range === undefined) refuseType(source, to)
    const [min, max] = range
    chain.add('held', { op: 'Clip', inputs: [x], attributes: { min, max } })
  }
  return chain.reading()
}

function refuseType(source: Source, to: number): never {
  return refuse(
    source,
    `to ${typeName(to)}, it would change numbers that the model computes`,
    'export the model with floats all the way: octet quantizes it',
  )
}
