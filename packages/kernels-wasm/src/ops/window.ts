import type { Window } from '@octet/core'

/** Kernel, strides, pads and dilations in the order that kernels read them. */
export function windowWords({ kernel, strides, pads, dilations }: Window): number[] {
  return [...kernel, ...strides, pads[0], pads[1], ...dilations]
}
