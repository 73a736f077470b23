import type { Constant } from '../constant.ts'
import { kindOfType, rangeOfType, typeName } from '../constant.ts'
import { refuse } from '../source.ts'
import { given, type Fold, type Folding } from './fold.ts'
import { made, numbersOf, shapeOf } from './values.ts'

const BOOL = 9

/** A conversion to the data type of the attribute `to`. Floats of any size are float32 here. */
export const cast: Fold = (folding) => {
  const { attributes } = folding.source
  attributes.ignore('saturate', 'round_mode')
  return [converted(folding, given(folding, 0), attributes.int('to', 0))]
}

/** A conversion to the data type of the second input, if it is known whether that input holds floats. */
export const castLike: Fold = (folding) => {
  const [x, like] = [given(folding, 0), given(folding, 1)]
  folding.source.attributes.ignore('saturate', 'round_mode')
  if (x.kind === like.kind) return [x]
  if (like.kind === 'float') return [made('float', shapeOf(x), (i) => numbersOf(x)[i])]
  return refuse(
    folding.source,
    'it converts floats to integers',
    'use Cast, which names the type, when the model is exported',
  )
}

function converted(folding: Folding, x: Constant, type: number): Constant {
  const kind = kindOfType(type)
  if (kind === undefined)
    refuse(
      folding.source,
      `its type ${typeName(type)} is not supported`,
      'convert to a number type when the model is exported',
    )
  if (x.kind === 'integer' && x.perSample !== undefined) {
    if (kind === 'integer' && type !== BOOL) return x
    refuse(
      folding.source,
      'it computes with the size of the batch',
      'export the model for samples one at a time, with a batch of 1',
    )
  }
  const numbers = numbersOf(x)
  if (kind === 'float') return x.kind === 'float' ? x : made('float', shapeOf(x), (i) => numbers[i])
  if (type === BOOL) return made('integer', shapeOf(x), (i) => Number(numbers[i] !== 0))
  const [least, most] = rangeOfType(type)!
  return made('integer', shapeOf(x), (i) => {
    const value = Math.trunc(numbers[i])
    return value >= least && value <= most
      ? value + 0
      : refuse(
          folding.source,
          `${numbers[i]} does not fit ${typeName(type)}`,
          'keep the constant in a wider type',
        )
  })
}
