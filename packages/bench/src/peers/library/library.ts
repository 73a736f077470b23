import type { PeerAdapter, PeerFormat, PeerWork } from '../protocol.ts'

/** A peer's library, opened on an adapter. */
export interface PeerLibrary {
  /** Where it computes, as far as it can be told. */
  readonly where: string
  /**
   * Puts one op's operands in place and compiles it.
   * @throws Error saying what the library lacks.
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
   * Computes `copies` times, without upload or readback unless it `transfers`; returns wall ns from handing over to
   * completion.
   */
  time(copies: number): Promise<number>
  /**
   * Whether `time` uploads and downloads all the same, so that the time of one copy must be taken off that of
   * several.
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
