import { quoted } from '@octet/core'
import type { NodeProto } from '../generated/onnx_pb.ts'
import { READERS } from '../ops/list.ts'
import { FOLDED_OPS } from './fold/list.ts'
import { expansionOf } from './quantized/expand/list.ts'
import { remedyFor } from './remedy.ts'
import { CONTRADICTION, refuse, type Source } from './source.ts'

/** Whether an op belongs to ONNX's own domain. */
export function isOnnx({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx'
}

/** An op's name, with its domain unless that is ONNX's own. */
export function keyOf(node: NodeProto): string {
  return isOnnx(node) ? node.opType : `${node.domain}.${node.opType}`
}

/** Whether Octet reads an op, or computes it if all its inputs are constant. */
export function isKnown(node: NodeProto): boolean {
  return READERS.has(keyOf(node)) || (isOnnx(node) && FOLDED_OPS.includes(node.opType))
}

/** @throws OctetError for an op that Octet does not read, or a node without a required input or output. */
export function requireKnown(source: Source, node: NodeProto): void {
  const lacking = expansionOf(node)?.lacks(node)
  if (lacking !== undefined) refuse(source, lacking, CONTRADICTION)
  if (isKnown(node)) return
  if (isOnnx(node)) refuse(source, 'this op is not supported', remedyFor(source.op))
  refuse(
    source,
    `this op of domain ${quoted(node.domain)} is not supported`,
    node.domain.startsWith('ai.onnx.ml')
      ? 'give a network: Octet runs no trees, clusters or vector machines'
      : 'export the model without fusions and custom ops, in the ops of ONNX itself',
  )
}
