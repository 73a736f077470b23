import { tensor, type Shape } from '@octet/core'
import type { Constant } from '../import/constant.ts'
import { refuse, type Source } from '../import/source.ts'
import type { Reading } from './op.ts'

/** A Constant node holds its value in one of several attributes. */
export function constant(source: Source): Reading {
  return { constant: valueOf(source) }
}

function valueOf(source: Source): Constant {
  const { attributes } = source
  if (attributes.has('value_float')) return floats([attributes.float('value_float', 0)], [])
  if (attributes.has('value_int'))
    return { kind: 'integer', shape: [], values: [attributes.int('value_int', 0)] }
  const list = attributes.floats('value_floats')
  if (list !== undefined) return floats(list, [list.length])
  const integers = attributes.ints('value_ints')
  if (integers !== undefined) return { kind: 'integer', shape: [integers.length], values: integers }
  return (
    attributes.tensor('value') ??
    refuse(source, 'the type of its value is not supported', 'store the value as a dense tensor')
  )
}

function floats(values: readonly number[], shape: Shape): Constant {
  return { kind: 'float', tensor: tensor('float32', shape, Float32Array.from(values)) }
}
