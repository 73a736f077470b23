import { nameOf, OctetError, quoted, type Shape, type Tensor } from '@octet/core'
import type { Constant } from './constant.ts'
import type { Constants } from './constants.ts'
import { shapeOf } from './fold/values.ts'
import { CONTRADICTION, type Source } from './source.ts'

type Reader = Pick<Source, 'op' | 'name'>

/** @throws OctetError that names the node, if it reads a constant that cannot be read. */
export function constantOf(constants: Constants, node: Reader, name: string): Constant | undefined {
  try {
    return constants.get(name)
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    throw new OctetError(`${nameOf(node)}: ${error.message}`, error.mend)
  }
}

/** A constant that a node of core's graph reads. @throws OctetError if it holds whole numbers. */
export function floatsOf(constants: Constants, node: Reader, name: string): Tensor<'float32'> | undefined {
  const found = constantOf(constants, node, name)
  if (found?.kind === 'integer')
    throw new OctetError(
      `${nameOf(node)}: its input ${quoted(name)} holds integers`,
      'give the FP32 model: octet quantizes it',
    )
  return found?.tensor
}

/**
 * @param name of an input. Undefined or empty if the node has no input at this place.
 * @throws OctetError that names the node, if the tensor is no constant or the input is missing.
 */
export function shapeOfConstant(constants: Constants, node: Reader, name: string | undefined): Shape {
  if (!name) throw new OctetError(`${nameOf(node)}: an input is missing`, CONTRADICTION)
  const constant = constantOf(constants, node, name)
  if (constant === undefined)
    throw new OctetError(`${nameOf(node)}: its input ${quoted(name)} is produced by no node`, CONTRADICTION)
  return shapeOf(constant)
}
