import { contract } from './contract/contract.ts'
import type { Op } from './op.ts'
import { channelOf, part, reduced } from './point.ts'

export const gemm: Op<'Gemm'> = {
  build: contract,
  rank: 2,
  point({ spec, constants, inputs }, at) {
    const [, outputs] = spec.output.shape
    const [, depth] = spec.inputs[0].shape
    const x = part(inputs[0], [1, depth], Math.floor(at / outputs) * depth)
    return reduced(spec, [1, 1], [x], channelOf(constants, at % outputs))
  },
}
