import { kindOfType, typeName } from '../import/constant.ts'
import { operands, refuse } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { Reader } from './op.ts'
import { passOn } from './pass-on.ts'

/** The data type of floats with 8 bits of precision, which float32 does not stand for. */
const BFLOAT16 = 16
/** The data type of truth values. */
const BOOL = 9
/** The data types that hold every whole number of a float32 tensor, as runtimes have them: int32 and int64. */
const WIDE_INTEGERS: ReadonlySet<number> = new Set([6, 7])

/**
 * Activations are float32, whatever float type the file has for them, so a Cast to a float type changes nothing. Nor
 * does one of whole numbers to a wide integer type. A truth value is 1 where a number is not 0.
 */
export const cast: Reader = (source) => {
  const to = source.attributes.int('to', 0)
  const [input] = source.inputs
  if (to === BOOL) {
    const chain = new Chain(source)
    const magnitude = chain.add('magnitude', { op: 'Abs', inputs: operands(source, 1), attributes: null })
    chain.add('truth', { op: 'Sign', inputs: [magnitude], attributes: null })
    source.attributes.ignore('saturate', 'round_mode')
    return chain.reading()
  }
  const keeps =
    (kindOfType(to) === 'float' && to !== BFLOAT16) ||
    (WIDE_INTEGERS.has(to) && source.holdsWholeNumbers(input ?? ''))
  if (!keeps)
    refuse(
      source,
      `to ${typeName(to)}, it would change numbers that the model computes`,
      'export the model with floats all the way: octet quantizes it',
    )
  return passOn(source, 'saturate', 'round_mode')
}
