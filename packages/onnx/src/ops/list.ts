import type { Node } from '@octet/core'
import { argMax, argMin } from './argmax.ts'
import { averagePool } from './average-pool.ts'
import { batchNormalization } from './batch-normalization.ts'
import { depthToSpace, spaceToDepth } from './blocks.ts'
import { cast } from './cast.ts'
import { clip } from './clip.ts'
import { concat } from './concat.ts'
import { constant } from './constant.ts'
import { conv } from './conv.ts'
import { convTranspose } from './conv-transpose.ts'
import { plain } from './declared.ts'
import { expand } from './expand.ts'
import { flatten } from './flatten.ts'
import { gather } from './gather.ts'
import { gemm } from './gemm.ts'
import { globalAveragePool } from './global-average-pool.ts'
import { layerNormalization } from './layer-normalization.ts'
import { maxPool } from './max-pool.ts'
import type { NodeOf, OnnxOp, Reader, WrittenOp } from './op.ts'
import { NORMALIZATIONS } from './normalization.ts'
import { pad } from './pad.ts'
import { chained, mean, PAIRS, pRelu } from './pair.ts'
import { dropout, passOn } from './pass-on.ts'
import { globalMaxPool, REDUCTIONS } from './reduce.ts'
import { convInteger, dequantizeLinear, matMulInteger, quantizeLinear } from './quantized.ts'
import { gru, lstm, rnn } from './recurrent/cells.ts'
import { recurrent } from './recurrent/recurrent.ts'
import { reshape } from './reshape.ts'
import { resize, upsample } from './resize.ts'
import { slice } from './slice.ts'
import { logSoftmax, softmax } from './softmax.ts'
import { split } from './split.ts'
import { squeeze, unsqueeze } from './squeeze.ts'
import { transpose } from './transpose.ts'
import { UNARY } from './unary.ts'
import { where } from './where.ts'

/** An op that the reader of another op of ONNX makes. */
interface Made {
  readonly Power: WrittenOp<NodeOf<'Power'>>
}
type Read = { readonly [Op in Exclude<Node['op'], keyof Made>]: OnnxOp<NodeOf<Op>> }

/** Every op of core's graph. An op without reading or writing does not compile. */
export const OPS: Read & Made = {
  ...UNARY,
  ...PAIRS,
  ArgMax: argMax,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  LayerNormalization: layerNormalization,
  LogSoftmax: logSoftmax,
  MatMul: plain('MatMul', 2),
  MaxPool: maxPool,
  Pad: pad,
  Relu: plain('Relu', 1),
  Reshape: reshape,
  Resize: resize,
  Slice: slice,
  Softmax: softmax,
  SpaceToDepth: spaceToDepth,
  Transpose: transpose,
  Where: where,
}

/** ONNX ops that core's graph has no node of. */
const OTHERS: Readonly<Record<string, Reader>> = {
  ArgMin: argMin,
  Cast: cast,
  Constant: constant,
  ConvInteger: convInteger,
  DequantizeLinear: dequantizeLinear,
  ConvTranspose: convTranspose,
  Dropout: dropout,
  GlobalMaxPool: globalMaxPool,
  GRU: recurrent(gru),
  Identity: passOn,
  MatMulInteger: matMulInteger,
  QuantizeLinear: quantizeLinear,
  LSTM: recurrent(lstm),
  Mean: mean,
  PRelu: pRelu,
  ...NORMALIZATIONS,
  RNN: recurrent(rnn),
  ...REDUCTIONS,
  Split: split,
  Squeeze: squeeze,
  Sum: chained('Add'),
  Unsqueeze: unsqueeze,
  Upsample: upsample,
}

/** How each ONNX op of the default domain is read. */
export const READERS: ReadonlyMap<string, Reader> = new Map([
  ...Object.entries(OPS).flatMap(([op, record]) => ('read' in record ? [[op, record.read] as const] : [])),
  ...Object.entries(OTHERS),
])

/** Names of the ops that are read, in alphabetical order. */
export const ONNX_OPS: readonly string[] = [...READERS.keys()].toSorted()
export function onnxOp({ op }: Node): WrittenOp<Node> {
  return OPS[op]
}
