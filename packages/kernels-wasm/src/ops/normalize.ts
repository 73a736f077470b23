import { expectConstants } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { elementwise, PER_TILE } from './elementwise.ts'
import { integerTarget, type Op, suffixOf } from './op.ts'

/**
 * Offsets and scales have the layout of the channels, repeated to whole vectors. Tiles are whole periods. The words
 * have the order of `Normalize` in assembly/ops/normalize.ts.
 */
export const normalize: Op<'Normalize'> = {
  plan(spec, constants, { shelf }) {
    const quantized =
      spec.output.dtype === 'int8' ? expectConstants(spec, constants, 'normalize-quantize') : undefined
    const { offset, scale } = quantized ?? expectConstants(spec, constants, 'normalize')
    const { channels, stored } = layoutOf(spec.output.shape)
    const uniform = offset.length === 1 && scale.length === 1
    const period = uniform ? 8 : stored % 8 === 0 ? stored : 8 * stored
    const laid = (values: Float32Array): number =>
      shelf.put(
        Float32Array.from({ length: period }, (_, i) =>
          values.length === 1 ? values[0] : i % stored < channels ? values[i % stored] : 0,
        ),
      )
    return elementwise(
      shelf,
      spec,
      `normalize${suffixOf(spec.output.dtype)}`,
      [laid(offset), laid(scale), period, floatBits(quantized?.inverseScale ?? 0)],
      quantized && integerTarget(quantized.clamp, quantized.zeroPoint),
      { perTile: Math.ceil(PER_TILE / period) * period },
    )
  },
}
