/**
 * How raw sensor values become what the model was trained on: (x - offset) * scale along axis 1, in float32.
 * Arrays of length 1 apply to every channel.
 */
export interface Normalizer {
  readonly offset: Float32Array
  readonly scale: Float32Array
  /**
   * Of a model of several inputs, by name: what becomes of those beside the first. One that is not named enters the
   * model as it is.
   */
  readonly beside?: ReadonlyMap<string, Normalizer>
}
