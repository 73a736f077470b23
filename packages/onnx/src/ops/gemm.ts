import { refuse } from '../import/source.ts'
import { declared, flag, float } from './declared.ts'
import type { NodeOf, OnnxOp } from './op.ts'

export const gemm: OnnxOp<NodeOf<'Gemm'>> = declared(
  'Gemm',
  [2, 3],
  {
    alpha: float('alpha', 1),
    beta: float('beta', 1),
    transA: flag('transA', false),
    transB: flag('transB', false),
  },
  {
    require: (source, { transA }) => {
      if (transA)
        refuse(
          source,
          'transA would turn the batch of its activation into features',
          'export the model with transA = 0, the batch in front',
        )
    },
  },
)
