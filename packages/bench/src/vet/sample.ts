import { elements, precisionOf } from '@octet/core'
import type { ConformanceCase } from '@octet/core/conformance'

/**
 * One conformance case for each kernel that a sweep runs: each op by precision, with depthwise and grouped Conv as
 * separate kernels. It takes a small case, but not the smallest, which shows little.
 */
export function sample(cases: readonly ConformanceCase[]): ConformanceCase[] {
  const kernels = new Map<string, ConformanceCase[]>()
  for (const one of cases) {
    const { spec } = one
    if ('fixedPoint' in spec || ('weightBits' in spec && spec.weightBits !== undefined)) continue
    const grouped = spec.op === 'Conv' && spec.group > 1
    const name = `${spec.op} ${precisionOf(spec)} ${grouped ? 'grouped' : ''}`
    kernels.set(name, [...(kernels.get(name) ?? []), one])
  }
  return [...kernels.values()].map(
    (alike) => alike.toSorted((a, b) => size(a) - size(b))[Math.floor(alike.length / 3)],
  )
}

function size({ spec }: ConformanceCase): number {
  return [...spec.inputs, spec.output].reduce((sum, { shape }) => sum + elements(shape), 0)
}
