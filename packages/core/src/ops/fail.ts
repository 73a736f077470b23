import { OctetError } from '../error.ts'
import { nameOf } from './describe.ts'
import type { NodeOf } from './node.ts'

/** @throws OctetError that names the node, what is wrong with it, and how to mend that. */
export function fail(node: NodeOf<string, unknown>, why: string, mend: string): never {
  throw new OctetError(`${nameOf(node)}: ${why}`, mend)
}

/** How to mend what no valid model says. */
export const CONTRADICTION = 'the file contradicts itself: check it with onnx.checker and export it again'
