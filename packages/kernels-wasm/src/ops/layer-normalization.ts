import { layoutOf } from '../memory/layout.ts'
import { type Op, single, suffixOf } from './op.ts'

/** The words have the order of `LayerNormalization` in assembly/ops/layer-normalization.ts. */
export const layerNormalization: Op<'LayerNormalization'> = {
  plan(spec, _, { shelf }) {
    const { images, stored, channels, count } = layoutOf(spec.output.shape)
    const kernel = `layerNormalization${suffixOf(spec.inputs[0].dtype)}`
    const epsilon = new Int32Array(Float64Array.of(spec.epsilon).buffer)
    const call = { kernel, tiles: images, b: 1, c: 2, cycles: count * 12 }
    return single(shelf, call, [channels, stored, ...epsilon])
  },
}
