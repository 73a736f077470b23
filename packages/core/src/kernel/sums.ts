import { MOST_PRODUCTS, MOST_TERMS } from '../numerics/index.ts'
import { precisionOf, type OpSpec } from './spec.ts'

/**
 * Why the sums of an int8 op could leave int32 whatever its numbers, so that no device may compute it; undefined
 * where they cannot. A layer with weights is judged by its numbers instead, when it is lowered.
 */
export function sumsPastInt32(spec: OpSpec): string | undefined {
  if (precisionOf(spec) !== 'int8') return undefined
  switch (spec.op) {
    case 'MatMul': {
      const products = spec.inputs[0].shape[1]
      return products > MOST_PRODUCTS
        ? `it sums ${products} products an output, and int32 is only safe to ${MOST_PRODUCTS}`
        : undefined
    }
    case 'AveragePool': {
      const terms = spec.kernel[0] * spec.kernel[1]
      return terms > MOST_TERMS
        ? `it sums ${terms} values an output, and int32 is only safe to ${MOST_TERMS}`
        : undefined
    }
    default:
      return undefined
  }
}
