import { clone } from '@bufbuild/protobuf'
import { type NodeProto, NodeProtoSchema } from '../generated/onnx_pb.ts'
import { isOnnx } from './known.ts'
import type { Shapes } from './shapes.ts'

/**
 * A Concat without the tensors that are empty along its axis, if other tensors remain. Any other node is unchanged.
 * @param resolve the tensor that a name of the node refers to
 */
export function withoutEmpty(node: NodeProto, shapes: Shapes, resolve: (name: string) => string): NodeProto {
  if (node.opType !== 'Concat' || !isOnnx(node)) return node
  const axis = Number(node.attribute.find(({ name }) => name === 'axis')?.i ?? 0)
  const input = node.input.filter((name) => !shapes.isEmptyAlong(resolve(name), axis))
  if (input.length === 0 || input.length === node.input.length) return node
  const left = clone(NodeProtoSchema, node)
  left.input = input
  return left
}
