import type { Host, KernelPackage } from '@octet/core'
import { computeProductsBy } from '@octet/train'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'

/** Who computes training's matrix products: `core` in its own loops, or a kernel package by its id. */
export type Products = string

/**
 * Has the first package that offers to compute training's matrix products from here on; where none can, core's own
 * loops.
 */
export async function serveProducts(
  packages: readonly KernelPackage[],
  host: Host,
  reporter: Reporter,
): Promise<Products> {
  for (const kernels of packages) {
    try {
      const product = await kernels.products?.(host)
      if (product === undefined) continue
      computeProductsBy(product)
      return kernels.id
    } catch (error) {
      reporter.log(`${kernels.id} cannot compute training's products: ${messageOf(error)}`)
    }
  }
  computeProductsBy(undefined)
  return 'core'
}
