import { indent } from '../../wgsl/shader.ts'

/** The statements of a workgroup for each step along the depth. */
export interface Walk {
  /** Loads tile `step` of both operands into registers. */
  readonly fetch: readonly string[]
  /** Puts the registers into workgroup memory. */
  readonly keep: readonly string[]
  /** Multiplies the tiles in workgroup memory. */
  readonly multiply: readonly string[]
}

/**
 * The loop over `scalars.steps`, ordered so that the loads of a step are in flight while the previous step is
 * multiplied.
 */
export function walk({ fetch, keep, multiply }: Walk): string {
  return `
for (var step = 0u; ; step++) {
  if (step < scalars.steps) {
${indent(fetch.join('\n'), 4)}
  }
  if (step > 0u) {
${indent(multiply.join('\n'), 4)}
  }
  if (step == scalars.steps) { break; }
  workgroupBarrier();
${indent(keep.join('\n'), 2)}
  workgroupBarrier();
}`.trim()
}

/** 0 to length - 1. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
