import type { NodeProto } from '../../../generated/onnx_pb.ts'
import { dynamicQuantizeLinear, dynamicQuantizeMatMul, matMulIntegerToFloat } from './dynamic.ts'
import type { Expansion } from './node.ts'
import { qGemm } from './qgemm.ts'
import { qLinearConv } from './qlinear-conv.ts'
import { qLinearConcat, qLinearPair, qLinearUnary } from './qlinear-function.ts'
import { qLinearMatMul } from './qlinear-matmul.ts'

/** An op, and the fewest inputs that it takes. */
interface Expanded {
  readonly expand: Expansion
  readonly least: number
}

/** Ops of quantized models that Octet replaces by ONNX's float ops between QuantizeLinear and DequantizeLinear. */
const ONNX: Readonly<Record<string, Expanded>> = {
  DynamicQuantizeLinear: { expand: dynamicQuantizeLinear, least: 1 },
  QLinearConv: { expand: qLinearConv, least: 8 },
  QLinearMatMul: { expand: qLinearMatMul, least: 8 },
}

/** Such ops of ONNX Runtime's own domain. */
const MICROSOFT: Readonly<Record<string, Expanded>> = {
  DequantizeLinear: { expand: renamed, least: 2 },
  DynamicQuantizeMatMul: { expand: dynamicQuantizeMatMul, least: 3 },
  MatMulIntegerToFloat: { expand: matMulIntegerToFloat, least: 4 },
  QGemm: { expand: qGemm, least: 6 },
  QLinearAdd: { expand: qLinearPair('Add'), least: 7 },
  QLinearAveragePool: { expand: qLinearUnary('AveragePool', 'channels_last'), least: 4 },
  QLinearConcat: { expand: qLinearConcat, least: 5 },
  QLinearGlobalAveragePool: { expand: qLinearUnary('GlobalAveragePool', 'channels_last'), least: 4 },
  QLinearLeakyRelu: { expand: qLinearUnary('LeakyRelu'), least: 4 },
  QLinearMul: { expand: qLinearPair('Mul'), least: 7 },
  QLinearSigmoid: { expand: qLinearUnary('Sigmoid'), least: 4 },
  QLinearSoftmax: { expand: qLinearUnary('Softmax', 'opset'), least: 4 },
  QuantizeLinear: { expand: renamed, least: 2 },
}

/** The same op now exists in ONNX. */
function renamed(node: NodeProto): readonly NodeProto[] {
  return [{ ...node, domain: '' }]
}

/** The replacement for nodes of an op. */
interface ExpandedOp {
  readonly expand: Expansion
  /** A text about the missing part of a node. Undefined if nothing is missing. */
  lacks(node: NodeProto): string | undefined
}

/** The replacement for a node. Undefined if the node is read unchanged. */
export function expansionOf({ opType, domain, attribute }: NodeProto): ExpandedOp | undefined {
  const list = domain === 'com.microsoft' ? MICROSOFT : domain === '' || domain === 'ai.onnx' ? ONNX : {}
  // If an image's channels come last, no other op reads the attribute either, and it is refused by name.
  const isLast = attribute.some(({ name, i }) => name === 'channels_last' && i === 1n)
  if (!Object.hasOwn(list, opType) || isLast) return undefined
  const { expand, least } = list[opType]
  return {
    expand,
    lacks: ({ input }) =>
      input.length < least ? `it takes ${least} inputs at least, got ${input.length}` : undefined,
  }
}

/** The nodes that replace a node, if there are any, and the names of their new tensors. */
export function expand(
  node: NodeProto,
  fresh: (wanted: string) => string,
): { readonly nodes: readonly NodeProto[]; readonly own: ReadonlySet<string> } | undefined {
  const expansion = expansionOf(node)
  if (expansion === undefined || expansion.lacks(node) !== undefined) return undefined
  const own = new Set<string>()
  const named = (wanted: string): string => {
    const name = fresh(wanted)
    own.add(name)
    return name
  }
  return { nodes: expansion.expand(node, named), own }
}

/** Names of these ops. */
export const EXPANDED_OPS: readonly string[] = [...Object.keys(ONNX), ...Object.keys(MICROSOFT)]
