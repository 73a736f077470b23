import type { Peak, KernelPrecision } from '@octet/core'
import type { KernelResult } from '@octet/results'

/** Units that can do the multiplications of a precision. */
const UNITS: { readonly [A in KernelPrecision]: readonly Peak['unit'][] } = {
  fp32: ['f32'],
  fp16: ['f32', 'f16', 'subgroup-matrix f16'],
  int8: ['dot4', 'subgroup-matrix int8'],
  w4a8: ['dot4', 'subgroup-matrix int8'],
}

/**
 * The share of the roof that a kernel reaches (Williams et al., "Roofline", 2009). The roof is the device's highest
 * rate for the precision or its copy rate, whichever the kernel is nearer to.
 */
export function shareOfRoof(
  precision: KernelPrecision,
  { gops, gbps }: Pick<KernelResult, 'gops' | 'gbps'>,
  peaks: readonly Peak[],
): KernelResult['ofPeak'] {
  const able = peaks.filter(({ unit }) => UNITS[precision].includes(unit)).toSorted((a, b) => b.rate - a.rate)
  const shares = [
    ...able.slice(0, 1).map(({ unit, rate }) => ({ unit, share: gops / rate })),
    ...peaks.filter(({ unit }) => unit === 'copy').map(({ unit, rate }) => ({ unit, share: gbps / rate })),
  ].filter(({ share }) => Number.isFinite(share))
  return shares.toSorted((a, b) => b.share - a.share)[0]
}
