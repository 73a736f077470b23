import type { Op } from './op.ts'
import { planWeighted, weightedVariants } from './weighted.ts'

export const gemm: Op<'Gemm'> = { plan: planWeighted, variants: weightedVariants }
