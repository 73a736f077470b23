import { type KernelResult, median } from '@octet/results'
import { arithmeticOf } from '../format/arithmetic.ts'
import { ratio } from '../format/number.ts'

/** How much faster than FP32 each arithmetic is where it multiplies, in words. */
export function inOneSentence(kernels: readonly KernelResult[]): string {
  const speeds = new Map<string, number[]>()
  for (const kernel of kernels) {
    const { gops, picked = true, vsFp32 } = kernel
    if (gops === 0 || !picked || vsFp32 === undefined) continue
    const name = arithmeticOf(kernel)
    speeds.set(name, [...(speeds.get(name) ?? []), vsFp32.ratio])
  }
  if (speeds.size === 0) return ''
  const each = [...speeds].map(([name, ratios]) => `${name} ${ratio(median(ratios))}×`)
  const [first] = speeds.values()
  return `Median speed over our own FP32, on ${first.length} shapes of matrix products and convolutions: ${each.join(', ')}.`
}
