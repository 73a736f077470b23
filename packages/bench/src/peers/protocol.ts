import type { ConvSpec, GemmSpec, MatMulSpec } from '@octet/core'

/** The ops that a peer can compute: mostly multiplications. */
export type PeerSpec = ConvSpec | GemmSpec | MatMulSpec

/** Number formats of peers. `w8` has 8-bit weights and float activations. `u8s8` has 8 bits for both. */
export type PeerFormat = 'f32' | 'f16' | 'w8' | 'u8s8'

/** The adapter for a peer: the adapter of our own device. */
export interface PeerAdapter {
  readonly name: string
  /** Dawn's name of the backend: `vulkan`, `metal`, `d3d12`. */
  readonly backend: string
}

/**
 * One op with the same numbers in every format. All numbers are multiples of `step` that fit in 8 bits, so a correct
 * peer returns `x` times `weight` in any storage format. There is no bias and there are no bounds.
 */
export interface PeerWork {
  readonly spec: PeerSpec
  /** Logical (ONNX) order. */
  readonly x: Float32Array
  /** [M,C/group,kH,kW] for a Conv, else [K,N], which is the layout that peers prefer. */
  readonly weight: Float32Array
  readonly step: number
  /** An output scale that uses the range of 8 bits. */
  readonly outputScale: number
}

/** The requests of the parent to a child. */
export type Request =
  | {
      readonly ask: 'locate'
      readonly adapter: PeerAdapter
      readonly drivers: readonly string[]
      readonly loader?: string
    }
  | {
      readonly ask: 'open'
      readonly library: string
      readonly adapter: PeerAdapter
      readonly loader?: string
    }
  | { readonly ask: 'prepare'; readonly work: PeerWork; readonly format: PeerFormat }
  | { readonly ask: 'fill'; readonly op: number; readonly regionNs: number }
  | { readonly ask: 'time'; readonly op: number }
  | { readonly ask: 'free'; readonly op: number }
  | {
      readonly ask: 'load'
      readonly model: Uint8Array
      readonly input: Float32Array
      readonly shape: readonly number[]
    }
  | { readonly ask: 'run'; readonly model: number; readonly repeats: number }

/** The answer to each request. */
export interface Answers {
  /** The driver manifest that gives the adapter. Absent if no driver gives it. */
  readonly locate: { readonly driver?: string }
  /** The device that the library computes on, as far as that is known. */
  readonly open: { readonly where: string }
  /** An id for the op, and its output in logical order. */
  readonly prepare: { readonly op: number; readonly output: Float32Array }
  /** The expected time of a turn, in ns. */
  readonly fill: { readonly turnNs: number }
  /** Wall time of one op, in ns. */
  readonly time: { readonly ns: number }
  readonly free: null
  /** An id for the model, and its output. */
  readonly load: { readonly model: number; readonly output: Float32Array }
  /** Wall time of each repetition from the input on the host to the output on the host, in ns. */
  readonly run: { readonly ns: readonly number[] }
}
