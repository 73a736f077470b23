import { kernelPrecisionName } from '@octet/core'
import { median } from '@octet/core/statistics'
import type { KernelResult } from '../../run/kernel.ts'
import { times } from './figures.ts'

/** How much faster than FP32 each arithmetic multiplies, as a phrase; empty if nothing was compared. */
export function kernelsInWords(kernels: readonly KernelResult[]): string {
  const speeds = new Map<string, number[]>()
  for (const kernel of kernels) {
    const { gops, picked = true, vsFp32 } = kernel
    if (gops === 0 || !picked || vsFp32 === undefined) continue
    const name = kernelPrecisionName(kernel)
    speeds.set(name, [...(speeds.get(name) ?? []), vsFp32.ratio])
  }
  if (speeds.size === 0) return ''
  const each = [...speeds].map(([name, ratios]) => `${name} ${times(median(ratios))}`)
  const [first] = speeds.values()
  return (
    `median speed over our own FP32, on ${first.length} shapes of matrix products and convolutions: ` +
    each.join(', ')
  )
}
