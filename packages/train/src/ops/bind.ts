import { nameOf, type Node, OctetError } from '@octet/core'
import type { Bind, Operator, Value } from '../operator.ts'
import { bindClip, bindRelu } from './activation.ts'
import { bindAdd } from './add.ts'
import { bindAveragePool, bindGlobalAveragePool } from './averagepool.ts'
import { bindBatchNormalization } from './batchnorm.ts'
import { bindConcat } from './concat.ts'
import { bindConv } from './conv.ts'
import { bindGemm, bindMatMul } from './gemm.ts'
import { bindMaxPool } from './maxpool.ts'
import { bindMul } from './mul.ts'
import { bindReshape } from './reshape.ts'
import { bindHardSigmoid, bindHardSwish, bindSigmoid } from './smooth.ts'

type Trained = Exclude<Node['op'], 'Softmax'>

const BINDS: { readonly [Op in Trained]: Bind<Extract<Node, { op: Op }>> } = {
  Conv: bindConv,
  Gemm: bindGemm,
  MatMul: bindMatMul,
  Add: bindAdd,
  Mul: bindMul,
  Concat: bindConcat,
  Sigmoid: bindSigmoid,
  HardSigmoid: bindHardSigmoid,
  HardSwish: bindHardSwish,
  Relu: bindRelu,
  Clip: bindClip,
  MaxPool: bindMaxPool,
  AveragePool: bindAveragePool,
  GlobalAveragePool: bindGlobalAveragePool,
  Flatten: bindReshape,
  Reshape: bindReshape,
  BatchNormalization: bindBatchNormalization,
}

/**
 * The operator of a node, by its op.
 * @throws OctetError for a Softmax, as only a final one can be trained, as a part of the loss.
 */
export const bind: Bind<Node> = (node, inputs, output, capacity): Operator => {
  if (node.op === 'Softmax')
    throw new OctetError(`${nameOf(node)} is not the last node`, 'train the graph up to it, or remove it')
  // Each entry takes the node type of its own key, which the compiler cannot follow through the lookup.
  const make = BINDS[node.op] as (
    node: Node,
    inputs: readonly Value[],
    output: Value,
    capacity: number,
  ) => Operator
  return make(node, inputs, output, capacity)
}
