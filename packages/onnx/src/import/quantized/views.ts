import { tensor, type Node, type QParams } from '@octet/core'
import type { NodeProto } from '../../generated/onnx_pb.ts'
import type { Source } from '../source.ts'
import { sameGrid, type View } from './integers.ts'

/** Ops that move or select values of their first input. They do the same with integers as with values. */
const MOVES: ReadonlySet<string> = new Set(
  (
    'MaxPool Reshape Flatten Transpose Slice Gather Squeeze Unsqueeze Split Identity Dropout Expand DepthToSpace ' +
    'SpaceToDepth'
  ).split(' '),
)

/** Whether a node moves integers from one tensor to another on the same grid. */
export function mayMove({ opType }: NodeProto, views: readonly (View | undefined)[]): boolean {
  const [first, ...others] = views
  if (first === undefined) return false
  if (opType === 'Concat')
    return others.every(
      (view) => view !== undefined && sameGrid(view.grid, first.grid) && view.isUnsigned === first.isUnsigned,
    )
  return MOVES.has(opType) && others.every((view) => view === undefined)
}

/** Makes unique names for nodes, tensors and constants. */
export type Fresh = Pick<Source, 'freshNode' | 'freshTensor' | 'freshConstant'>

/** An unchanged tensor after its own Identity, because a Concat does not keep the grid of its parts by itself. */
export function markOf(
  value: string,
  marks: Map<string, QParams>,
  grid: QParams,
  { freshNode, freshTensor }: Fresh,
): Node {
  const name = freshNode(`${value}.grid`)
  marks.set(name, grid)
  return { op: 'Identity', name, inputs: [value], output: freshTensor(`${value}.grid`), attributes: null }
}

/** Nodes that compute a view's integers, under this name: value / scale, rounded, plus the zero point. */
export function wholeNumbersOf(
  name: string,
  { value, grid, isUnsigned }: View,
  fresh: Fresh,
): readonly Node[] {
  const number = (part: string, of: number): string =>
    fresh.freshConstant(`${name}.${part}`, tensor('float32', [], Float32Array.of(of)))
  const [steps, rounded] = ['steps', 'rounded'].map((part) => fresh.freshTensor(`${name}.${part}`))
  const [a, b, c] = ['steps', 'rounded', 'moved'].map((part) => fresh.freshNode(`${name}.${part}`))
  const zero = number('zero', grid.zeroPoint[0] + (isUnsigned ? 128 : 0))
  return [
    { op: 'Div', name: a, inputs: [value, number('scale', grid.scale[0])], output: steps, attributes: null },
    { op: 'Round', name: b, inputs: [steps], output: rounded, attributes: null },
    { op: 'Add', name: c, inputs: [rounded, zero], output: name, attributes: null },
  ]
}
