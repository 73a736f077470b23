import type { ConvSpec, GemmSpec, MatMulSpec } from '@octet/core'

/** The ops that a peer can compute: mostly multiplications. */
export type PeerSpec = ConvSpec | GemmSpec | MatMulSpec

/** Number formats of peers: `w8` has 8-bit weights under float activations, `u8s8` has 8 bits on both sides. */
export type PeerFormat = 'f32' | 'f16' | 'w8' | 'u8s8'

/** The adapter that a peer has to compute on: the one of our own device. */
export interface PeerAdapter {
  readonly name: string
  /** Dawn's word for it: `vulkan`, `metal`, `d3d12`. */
  readonly backend: string
}

/**
 * One op with numbers, the same for every format: all are multiples of `step` that 8 bits hold, so a peer that
 * computes right yields `x` times `weight`, whatever it stores them as. No bias, no bounds.
 */
export interface PeerWork {
  readonly spec: PeerSpec
  /** Logical (ONNX) order. */
  readonly x: Float32Array
  /** [M,C/group,kH,kW] of a Conv, else [K,N], which is how peers like it. */
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
  /** The driver manifest that gives the adapter; absent where none of them does. */
  readonly locate: { readonly driver?: string }
  /** Where the library computes, as far as it can be told. */
  readonly open: { readonly where: string }
  /** A number for the op, and its output in logical order. */
  readonly prepare: { readonly op: number; readonly output: Float32Array }
  /** The expected time of a turn, in ns. */
  readonly fill: { readonly turnNs: number }
  /** Wall time of one op, in ns. */
  readonly time: { readonly ns: number }
  readonly free: null
  /** A number for the model, and its output. */
  readonly load: { readonly model: number; readonly output: Float32Array }
  /** Wall time of each repetition from the input on the host to the output on the host, in ns. */
  readonly run: { readonly ns: readonly number[] }
}
