import { computeProductsBy } from '@octet/train'
import { discoverKernels } from './kernels.ts'
import { workspaceRoot } from './workspace.ts'

/**
 * Has training compute its matrix products by the first kernel package that offers them; its id, or undefined where
 * none does.
 */
export async function trainByKernels(): Promise<string | undefined> {
  const { found } = await discoverKernels(workspaceRoot())
  for (const { kernels } of found) {
    const product = await kernels.products?.({ runtime: 'node', adapter: 'auto' })
    if (product === undefined) continue
    computeProductsBy(product)
    return kernels.id
  }
  return undefined
}
