import type { Node } from '@octet/core'
import { bindBatchNormalization } from './batchnorm.ts'
import { bindConv } from './conv.ts'
import { bindAdd, bindClip, bindRelu, bindReshape } from './elementwise.ts'
import { bindGemm, bindMatMul } from './gemm.ts'
import type { Bind } from './operator.ts'
import { bindGlobalAveragePool, bindMaxPool } from './pool.ts'

const BINDS: { readonly [Op in Node['op']]?: Bind<Extract<Node, { op: Op }>> } = {
  Conv: bindConv,
  Gemm: bindGemm,
  MatMul: bindMatMul,
  Add: bindAdd,
  Relu: bindRelu,
  Clip: bindClip,
  MaxPool: bindMaxPool,
  GlobalAveragePool: bindGlobalAveragePool,
  Flatten: bindReshape,
  Reshape: bindReshape,
  BatchNormalization: bindBatchNormalization,
}

/** The operator of a node, by its op. */
export const bindNode: Bind<Node> = (arena, node, inputs, output, capacity) => {
  // Each entry takes the node type of its own key, which the compiler cannot follow through the lookup.
  const make = BINDS[node.op] as Bind<Node> | undefined
  return make?.(arena, node, inputs, output, capacity)
}
