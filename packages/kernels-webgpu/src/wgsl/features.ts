/** Optional features of an adapter. Each has a fallback with the same integers and the same halves. */
export interface Features {
  /** `enable f16`: halves are loaded as vec4<f16>. Without it they are unpacked from u32 pairs. */
  readonly shaderF16: boolean
  /**
   * WGSL `packed_4x8_integer_dot_product`. Without it bytes are unpacked, and multiplied in f32 as long as that is
   * exact.
   */
  readonly packedDot: boolean
  /** `timestamp-query`. Without it, the wall clock times the work. */
  readonly timestamps: boolean
}
