import type { PeerAdapter, PeerFormat, PeerWork } from '../protocol.ts'

/** A peer's library, opened on an adapter. */
export interface PeerLibrary {
  /** The device that it computes on, as far as that is known. */
  readonly where: string
  /**
   * Uploads one op's operands and compiles the op.
   * @throws Error that names the feature that the library lacks.
   */
  prepare(work: PeerWork, format: PeerFormat): Promise<PeerOp>
  /** Loads an ONNX model with one float32 input. Only runtimes of whole models have this. */
  load?(model: Uint8Array, shape: readonly number[]): Promise<PeerModel>
}

/** One op that is ready to run. */
export interface PeerOp {
  /** Computes once and downloads, in logical order. */
  output(): Promise<Float32Array>
  /**
   * Computes `copies` times, without upload or readback unless it `transfers`. Returns wall ns from handing over to
   * completion.
   */
  time(copies: number): Promise<number>
  /**
   * Whether `time` also uploads and downloads. The time of one copy must then be subtracted from that of several
   * copies.
   */
  readonly transfers: boolean
  free(): Promise<void>
}

/** A whole model that is ready to run. */
export interface PeerModel {
  /** From the input on the host to the output on the host. */
  run(input: Float32Array): Promise<Float32Array>
}

/** Opens a library on an adapter. */
export type OpenLibrary = (adapter: PeerAdapter) => Promise<PeerLibrary>
