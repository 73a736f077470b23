import { isDepthwise, planDepthwise } from './depthwise.ts'
import type { Op } from './op.ts'
import { planWeighted, weightedVariants } from './weighted.ts'

export const conv: Op<'Conv'> = {
  plan: (spec, constants, workshop) =>
    isDepthwise(spec) ? planDepthwise(spec, constants, workshop) : planWeighted(spec, constants, workshop),
  variants: (spec, relaxed) => (isDepthwise(spec) ? [] : weightedVariants(spec, relaxed)),
}
