/**
 * The mapping from raw sensor values to the values that the model was trained on: (x - offset) * scale along axis 1, in
 * float32. Arrays of length 1 apply to every channel.
 */
export interface Normalizer {
  readonly offset: Float32Array
  readonly scale: Float32Array
  /**
   * For a model with several inputs, the normalizers of all inputs but the first, by name. An input without a
   * normalizer is not changed.
   */
  readonly beside?: ReadonlyMap<string, Normalizer>
}
