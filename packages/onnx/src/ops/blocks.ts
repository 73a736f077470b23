import { declared, int } from './declared.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'

export const depthToSpace: OnnxOp<NodeOf<'DepthToSpace'>> = {
  read: (source) => {
    const blocksize = source.attributes.int('blocksize', 0)
    const mode = source.attributes.choice('mode', ['DCR', 'CRD'], 'DCR')
    return { nodes: [{ ...base(source, 1), op: 'DepthToSpace', attributes: { blocksize, mode } }] }
  },
  write: ({ attributes: { blocksize, mode } }) => ({ attributes: { blocksize, mode: { string: mode } } }),
}

export const spaceToDepth: OnnxOp<NodeOf<'SpaceToDepth'>> = declared('SpaceToDepth', [1], {
  blocksize: int('blocksize', 0),
})
