import type { Node } from '@octet/core'
import { averagePool } from './average-pool.ts'
import { batchNormalization } from './batch-normalization.ts'
import { clip, oneBound } from './clip.ts'
import { concat } from './concat.ts'
import { constant } from './constant.ts'
import { conv } from './conv.ts'
import { binary, declared, float, plain } from './declared.ts'
import { flatten } from './flatten.ts'
import { gemm } from './gemm.ts'
import { globalAveragePool } from './global-average-pool.ts'
import { maxPool } from './max-pool.ts'
import type { NodeOf, OnnxOp, Reader } from './op.ts'
import { dropout, passOn } from './pass-on.ts'
import { reduceMean } from './reduce-mean.ts'
import { reshape } from './reshape.ts'
import { softmax } from './softmax.ts'

/** Every op of core's graph. An op without reading or writing does not compile. */
export const OPS: { readonly [Op in Node['op']]: OnnxOp<NodeOf<Op>> } = {
  Add: binary('Add'),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  Flatten: flatten,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  HardSigmoid: declared('HardSigmoid', [1], { alpha: float('alpha', 0.2), beta: float('beta', 0.5) }),
  HardSwish: plain('HardSwish', 1, 14),
  MatMul: plain('MatMul', 2),
  MaxPool: maxPool,
  Mul: binary('Mul'),
  Relu: plain('Relu', 1),
  Reshape: reshape,
  Sigmoid: plain('Sigmoid', 1),
  Softmax: softmax,
}

/** ONNX ops that core's graph has no node of. */
const OTHERS: Readonly<Record<string, Reader>> = {
  Constant: constant,
  Dropout: dropout,
  Identity: passOn,
  Max: oneBound('Max'),
  Min: oneBound('Min'),
  ReduceMean: reduceMean,
}

/** How each ONNX op of the default domain is read. */
export const READERS: ReadonlyMap<string, Reader> = new Map([
  ...Object.entries(OPS).map(([op, { read }]) => [op, read] as const),
  ...Object.entries(OTHERS),
])

export function onnxOp({ op }: Node): OnnxOp<Node> {
  return OPS[op]
}
