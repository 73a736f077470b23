import { heldInt } from '../import/attributes.ts'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import { wholes, type NodeOf, type OnnxOp } from './op.ts'

/** Its parameters are attributes before opset 10, and inputs since opset 10. */
export const slice: OnnxOp<NodeOf<'Slice'>> = {
  read: (source) => {
    const { name, output, opset } = source
    const [x] = opset < 10 ? operands(source, 1) : operands(source, 3, 5)
    const rank = source.shape(x).length
    const [starts, ends, given, steps] = (['starts', 'ends', 'axes', 'steps'] as const).map((what, i) =>
      opset < 10 ? source.attributes.heldInts(what) : input(source, i + 1, what),
    )
    if (starts === undefined || ends === undefined) refuse(source, 'it has no starts and ends', CONTRADICTION)
    const attributes = {
      axes: axesOf(source, given ?? [...starts.keys()], rank),
      starts,
      ends,
      steps: steps ?? starts.map(() => 1),
    }
    return { nodes: [{ name, op: 'Slice', inputs: [x], output, attributes }] }
  },
  write: ({ attributes: { axes, starts, ends, steps } }) => ({
    inputs: { starts: wholes(starts), ends: wholes(ends), axes: wholes(axes), steps: wholes(steps) },
  }),
}

function input(source: Source, index: number, what: string): readonly number[] | undefined {
  return source.inputs[index] ? integers(source, index, what).map(heldInt) : undefined
}
