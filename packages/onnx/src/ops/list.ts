import type { Node } from '@octet/core'
import { EXPANDED_OPS } from '../import/quantized/expand/list.ts'
import { argMax, argMin } from './argmax.ts'
import { averagePool } from './average-pool.ts'
import { batchNormalization } from './batch-normalization.ts'
import { depthToSpace, spaceToDepth } from './blocks.ts'
import { cast, castLike } from './cast.ts'
import { cumSum, hardmax, oneHot, topK } from './choice.ts'
import { CLASSICAL } from './classical.ts'
import { clip } from './clip.ts'
import { COMPARISONS, TRUTHS } from './compare.ts'
import { concat } from './concat.ts'
import { constant } from './constant.ts'
import { conv } from './conv.ts'
import { convTranspose } from './conv-transpose.ts'
import { plain } from './declared.ts'
import { einsum } from './einsum.ts'
import { expand } from './expand.ts'
import { flatten } from './flatten.ts'
import { FUSED } from './fused.ts'
import { gather } from './gather.ts'
import { gemm } from './gemm.ts'
import { gridSample } from './grid-sample.ts'
import { globalAveragePool } from './global-average-pool.ts'
import { layerNormalization } from './layer-normalization.ts'
import { maxPool } from './max-pool.ts'
import type { NodeOf, OnnxOp, Reader, WrittenOp } from './op.ts'
import { NORMALIZATIONS } from './normalization.ts'
import { globalLpPool, lpPool } from './lp-pool.ts'
import { pad } from './pad.ts'
import { chained, mean, mod, PAIRS, pRelu } from './pair.ts'
import { dropout, passOn } from './pass-on.ts'
import { PLACES } from './places.ts'
import { globalMaxPool, REDUCTIONS } from './reduce.ts'
import { dequantizeLinear } from './quantized/dequantize-linear.ts'
import { convInteger, matMulInteger } from './quantized/integer-products.ts'
import { quantizeLinear } from './quantized/quantize-linear.ts'
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

/** An op that only the reader of another ONNX op makes. */
interface Made {
  readonly Power: WrittenOp<NodeOf<'Power'>>
  readonly Identity: WrittenOp<NodeOf<'Identity'>>
}
type Read = { readonly [Op in Exclude<Node['op'], keyof Made>]: OnnxOp<NodeOf<Op>> }

/** Every op of core's graph. An op without reading or writing does not compile. */
export const OPS: Read & Made = {
  ...UNARY,
  ...PAIRS,
  ...COMPARISONS,
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

/** ONNX ops without a corresponding node in core's graph. */
const OTHERS: Readonly<Record<string, Reader>> = {
  ArgMin: argMin,
  Cast: cast,
  CastLike: castLike,
  Constant: constant,
  ConvInteger: convInteger,
  DequantizeLinear: dequantizeLinear,
  ConvTranspose: convTranspose,
  CumSum: cumSum,
  Dropout: dropout,
  Einsum: einsum,
  GlobalLpPool: globalLpPool,
  GlobalMaxPool: globalMaxPool,
  GridSample: gridSample,
  GRU: recurrent(gru),
  Hardmax: hardmax,
  Identity: passOn,
  LpPool: lpPool,
  MatMulInteger: matMulInteger,
  Mod: mod,
  OneHot: oneHot,
  QuantizeLinear: quantizeLinear,
  LSTM: recurrent(lstm),
  Mean: mean,
  ...PLACES,
  PRelu: pRelu,
  ...NORMALIZATIONS,
  RNN: recurrent(rnn),
  ...REDUCTIONS,
  Split: split,
  Squeeze: squeeze,
  Sum: chained('Add'),
  TopK: topK,
  ...TRUTHS,
  Unsqueeze: unsqueeze,
  Upsample: upsample,
}

/** The reader of each op, by its name. The name includes any domain other than ONNX's own. */
export const READERS: ReadonlyMap<string, Reader> = new Map([
  ...Object.entries(OPS).flatMap(([op, record]) => ('read' in record ? [[op, record.read] as const] : [])),
  ...Object.entries({ ...OTHERS, ...CLASSICAL, ...FUSED }),
])

/** Names of the supported ops, in alphabetical order. */
export const ONNX_OPS: readonly string[] = [...new Set([...READERS.keys(), ...EXPANDED_OPS])].toSorted()
export function onnxOp({ op }: Node): WrittenOp<Node> {
  return OPS[op]
}
