import type { Node } from '@octet/core'
import { BFLOAT16, kindOfType, typeName } from './constant.ts'
import type { NodeProto } from '../generated/onnx_pb.ts'
import { refuse, type Source } from './source.ts'

/** The number of the data type of truth values. */
export const BOOL = 9
export const INT64 = 7
const [UINT8, INT32] = [2, 6]

// Integers are computed as floats, which is exact up to 2^24, because float32 has all whole numbers up to there.

/** Ops that move numbers of any type: an output has the type of the first input. */
const MOVES: ReadonlySet<string> = new Set(
  (
    'Concat DepthToSpace Dropout Expand Flatten Gather GatherElements GatherND Identity Pad Reshape ScatterElements ' +
    'ScatterND Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze'
  ).split(' '),
)
/** Ops whose results are truth values. */
const TRUTHS: ReadonlySet<string> = new Set(
  'And Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor'.split(' '),
)
/** Ops that select among numbers of any type. */
const CHOICES: ReadonlySet<string> = new Set(
  'Clip Max MaxPool Min ReduceMax ReduceMin Relu Sign TopK'.split(' '),
)
/** Ops that compute exactly with numbers of types that do not overflow early. */
const EXACT: ReadonlySet<string> = new Set('Abs Add CumSum Div Mod Mul Neg ReduceSum Sub Sum'.split(' '))
/** Ops that determine the type of their outputs themselves. */
const OTHERS: Readonly<Record<string, (source: Source, node: NodeProto) => readonly (number | undefined)[]>> =
  {
    ArrayFeatureExtractor: ({ typeOf }) => [typeOf(0)],
    ArgMax: () => [INT64],
    ArgMin: () => [INT64],
    Cast: (_, node) => [castOf(node)],
    CastLike: ({ typeOf }) => [typeOf(1)],
    Binarizer: () => [],
    ConvInteger: () => [INT32],
    DequantizeLinear: () => [undefined],
    Imputer: () => [],
    LinearClassifier: () => [INT64],
    LinearRegressor: () => [],
    MatMulInteger: () => [INT32],
    MaxPool: ({ typeOf }) => [typeOf(0), INT64],
    Normalizer: () => [],
    OneHot: ({ typeOf }) => [typeOf(2)],
    QuantizeLinear: ({ typeOf }) => [typeOf(2) ?? UINT8],
    Scaler: () => [],
    TopK: ({ typeOf }) => [typeOf(0), INT64],
    Where: ({ typeOf }) => [typeOf(1) ?? typeOf(2)],
  }

/** @throws OctetError for a node whose result differs between floats and integers. */
export function requireComputable(source: Source): void {
  const { op, inputs, typeOf } = source
  if (MOVES.has(op) || TRUTHS.has(op) || CHOICES.has(op) || op in OTHERS) return
  const types = inputs.flatMap((input, i) => (source.constant(input) === undefined ? (typeOf(i) ?? []) : []))
  const other = types.find(
    (type) => type !== BFLOAT16 && (!EXACT.has(op) || (type !== INT32 && type !== INT64)),
  )
  if (other === undefined) return
  refuse(
    source,
    `it computes with ${typeName(other)}`,
    'export the model with a Cast to float before it, or give the input that it comes from one value: --set NAME=VALUE',
  )
}

/** The types of a node's outputs, if they are integers or bfloat16. */
export function typesOf(source: Source, node: NodeProto): readonly (number | undefined)[] {
  const { op, outputs, typeOf } = source
  const others = OTHERS[op]
  if (others !== undefined) return others(source, node)
  if (TRUTHS.has(op)) return [BOOL]
  if (MOVES.has(op)) return outputs.map(() => typeOf(0))
  const type = EXACT.has(op) || CHOICES.has(op) ? typeOf(0) : undefined
  return outputs.map(() => type)
}

function castOf({ attribute }: NodeProto): number | undefined {
  const to = Number(attribute.find(({ name }) => name === 'to')?.i ?? 0)
  return kindOfType(to) === 'integer' ? to : undefined
}

/** Ops whose results are whole numbers, and ops that pass on whole numbers unchanged. */
const MAKE_WHOLE: ReadonlySet<string> = new Set(
  'Round Floor Ceil Sign ArgMax Equal Less LessOrEqual'.split(' '),
)
const KEEP_WHOLE: ReadonlySet<string> = new Set(
  'Reshape Flatten Transpose Slice Gather Expand Concat Relu Identity'.split(' '),
)

/** Whether a node of core's graph computes only whole numbers. */
export function yieldsWhole(node: Node, whole: ReadonlySet<string>): boolean {
  return MAKE_WHOLE.has(node.op) || (keepsWhole(node) && node.inputs.every((name) => whole.has(name)))
}

function keepsWhole(node: Node): boolean {
  if (node.op !== 'Clip') return KEEP_WHOLE.has(node.op)
  const { min, max } = node.attributes
  return [min, max].every((bound) => Number.isInteger(bound) || !Number.isFinite(bound))
}
