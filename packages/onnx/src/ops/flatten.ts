import { fail } from '@octet/core'
import { CONTRADICTION } from '../import/source.ts'
import { declared, int } from './declared.ts'
import type { NodeOf, OnnxOp } from './op.ts'
import { WRITE_FREE } from './reshape.ts'

export const flatten: OnnxOp<NodeOf<'Flatten'>> = {
  ...declared('Flatten', [1], { axis: int('axis', 1) }),
  check: (node, { input: { length: rank } }) => {
    const { axis } = node.attributes
    if (axis < -rank || axis > rank) fail(node, `axis ${axis} is outside rank ${rank}`, CONTRADICTION)
  },
  batch: { mend: WRITE_FREE },
}
