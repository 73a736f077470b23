import type { Shape } from '@octet/core'
import type { Constant } from '../constant.ts'
import { CONTRADICTION, refuse, type Source } from '../source.ts'

/** A node whose inputs are all constants, as the folder of its op sees it. */
export interface Folding {
  readonly source: Source
  /** One for each input; undefined where it is absent. */
  readonly inputs: readonly (Constant | undefined)[]
  /** Before memory is taken. @throws OctetError where there is no room for so many numbers. */
  takeRoom(kind: Constant['kind'], shape: Shape): void
}

/**
 * Computes a node of an ONNX op from constants: a constant for each of its outputs. Undefined for what another way
 * computes, such as arithmetic of floats, which core's own ops do. @throws OctetError naming the node.
 */
export type Fold = (folding: Folding) => readonly Constant[] | undefined

/** An input that must be there. */
export function given({ source, inputs }: Folding, index: number): Constant {
  return inputs[index] ?? refuse(source, `its input ${index + 1} is absent`, CONTRADICTION)
}

/** An input of whole numbers, which are the same for every batch; undefined where it is absent. */
export function wholeNumbers(folding: Folding, index: number): readonly number[] | undefined {
  const constant = folding.inputs[index]
  if (constant === undefined) return undefined
  if (constant.kind !== 'integer')
    refuse(folding.source, `its input ${index + 1} must hold integers`, CONTRADICTION)
  if (constant.perSample !== undefined)
    refuse(
      folding.source,
      'it computes with the size of the batch',
      'export the model for samples one at a time, with a batch of 1',
    )
  return constant.values
}

/** An axis, counted from the end where it is negative. */
export function axisOf({ source }: Folding, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  return at >= 0 && at < rank ? at : refuse(source, `axis ${axis} is outside rank ${rank}`, CONTRADICTION)
}
