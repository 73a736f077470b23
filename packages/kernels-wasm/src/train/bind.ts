import type { Node, Operator, Value } from '@octet/core'
import type { TrainingArena } from './arena.ts'
import { bindBatchNormalization } from './batchnorm.ts'
import { bindConv } from './conv.ts'
import { bindAdd, bindClip, bindRelu, bindReshape } from './elementwise.ts'
import { bindGemm, bindMatMul } from './gemm.ts'
import { bindGlobalAveragePool, bindMaxPool } from './pool.ts'

/** The operator of a node whose values' arrays are all in the arena; undefined where no kernel fits it, or its rooms do not fit the arena. */
export type Bind<N extends Node> = (
  arena: TrainingArena,
  node: N,
  inputs: readonly Value[],
  output: Value,
  capacity: number,
) => Operator | undefined

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

/** Where an array begins; 0 where there is none. */
export function at(array: Float32Array | null | undefined): number {
  return array?.byteOffset ?? 0
}
