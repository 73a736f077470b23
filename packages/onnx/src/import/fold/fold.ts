import type { Shape } from '@octet/core'
import type { Constant } from '../constant.ts'
import { CONTRADICTION, refuse, type Source } from '../source.ts'

/** A node whose inputs are all constants, in the form that the folder of its op sees. */
export interface Folding {
  readonly source: Source
  /** One entry per input. Undefined if the input is absent. */
  readonly inputs: readonly (Constant | undefined)[]
  /** Reserves memory. @throws OctetError if there is no room for so many numbers. */
  takeRoom(kind: Constant['kind'], shape: Shape): void
}

/**
 * Computes a node of an ONNX op from constants. Returns a constant for each of its outputs, or undefined if another way
 * computes it, e.g. core's own ops for arithmetic of floats. @throws OctetError that names the node.
 */
export type Fold = (folding: Folding) => readonly Constant[] | undefined

/** An input that must be present. */
export function given({ source, inputs }: Folding, index: number): Constant {
  return inputs[index] ?? refuse(source, `its input ${index + 1} is absent`, CONTRADICTION)
}

/** An input of whole numbers that are the same for every batch. Undefined if it is absent. */
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

/** An axis. A negative axis counts from the end. */
export function axisOf({ source }: Folding, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  return at >= 0 && at < rank ? at : refuse(source, `axis ${axis} is outside rank ${rank}`, CONTRADICTION)
}
