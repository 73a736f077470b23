import { OctetError } from '../error.ts'
import { nameOf } from './describe.ts'
import type { Node } from './graph.ts'

/** @throws OctetError that names the node, what is wrong with it, and how to mend that. */
export function fail(node: Node, why: string, mend: string): never {
  throw new OctetError(`${nameOf(node)}: ${why}`, mend)
}
