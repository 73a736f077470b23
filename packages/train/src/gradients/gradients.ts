import { nameOf, OctetError, type Node } from '@octet/core'
import { bindAdd } from './add.ts'
import { bindAveragePool, bindGlobalAveragePool } from './average-pool.ts'
import { bindBatchNormalization } from './batch-normalization.ts'
import type { Bind } from './bind.ts'
import { bindConcat } from './concat.ts'
import { bindConv } from './conv.ts'
import { bindGemm, bindMatMul } from './gemm.ts'
import { bindMaxPool } from './max-pool.ts'
import { bindMul } from './mul.ts'
import { bindReshape } from './reshape.ts'
import { bindClip, bindHardSigmoid, bindHardSwish, bindRelu, bindSigmoid, bindSwish } from './unary.ts'

/** The ops of core that have a gradient. An op that is missing here cannot be trained. */
const GRADIENTS: { readonly [Op in Node['op']]?: Bind<Extract<Node, { op: Op }>> } = {
  Conv: bindConv,
  Gemm: bindGemm,
  MatMul: bindMatMul,
  Add: bindAdd,
  Mul: bindMul,
  Concat: bindConcat,
  Sigmoid: bindSigmoid,
  HardSigmoid: bindHardSigmoid,
  HardSwish: bindHardSwish,
  Swish: bindSwish,
  Relu: bindRelu,
  Clip: bindClip,
  MaxPool: bindMaxPool,
  AveragePool: bindAveragePool,
  GlobalAveragePool: bindGlobalAveragePool,
  Flatten: bindReshape,
  Reshape: bindReshape,
  BatchNormalization: bindBatchNormalization,
  // The loss includes a final Softmax, so networks leave it out.
  Softmax: (node) => {
    throw new OctetError(`${nameOf(node)} is not the last node`, 'train the graph up to it, or remove it')
  },
}

/**
 * The operator of a node, by its op.
 * @throws OctetError for an op without a gradient, and any error of the op's own `Bind`.
 */
export const bind: Bind<Node> = (node, inputs, output, resources) => {
  // Each entry takes the node type of its own key. The compiler cannot follow this through the lookup.
  const make = GRADIENTS[node.op] as Bind<Node> | undefined
  if (make === undefined)
    throw new OctetError(
      `${nameOf(node)} cannot be trained: ${node.op} has no gradient here`,
      'quantize the model without training it',
    )
  return make(node, inputs, output, resources)
}
