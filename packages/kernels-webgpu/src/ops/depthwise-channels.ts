import type { ConvSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { workgroups } from '../wgsl/shader.ts'
import { extentOf, type Kernel } from './kernel.ts'
import { byInput } from './weight-order.ts'
import { weighted } from './weighted.ts'
import { geometryOf, originOf, overTaps } from './window.ts'

/** Conv with one filter per channel. Lanes lie along channels, as storage does: neighbours load neighbouring words. */
export function depthwiseChannels(spec: ConvSpec, features: Features): Kernel {
  const [x] = spec.inputs
  const op = weighted(spec, features)
  const { decode, value } = op.element
  const { c4, words } = extentOf(spec.output)
  const geometry = geometryOf(spec, x, spec.output)
  const word = geometry.leaves ? `select(${op.padding}, x[base0], inside0)` : 'x[base0]'
  const stored = `${decode}(weights[(block * scalars.kernelHeight + kh) * scalars.kernelWidth + kw])`
  const weight = op.corrected ? `(${stored} - channels[block].weightZeroPoint)` : stored

  const body = [
    'if (thread >= scalars.words) { return; }',
    'let block = thread % scalars.outputBlocks;',
    'let pixel0 = thread / scalars.outputBlocks;',
    originOf('pixel0', '0'),
    `var sum = ${value}();`,
    overTaps(
      geometry,
      [0],
      (pixel) => `${pixel} * scalars.outputBlocks + block`,
      `sum += ${decode}(${word}) * ${weight};`,
    ),
    'y[thread] = emit(settle(sum, block), block);',
  ].join('\n')

  return op.finish({
    variant: 'depthwise, lanes along channels',
    about: [
      'Layout: NHWC in blocks of 4 channels; weights [block][tap], four channels an entry.',
      'Tile: 1 pixel x 4 channels a thread, lanes along channels, then pixels.',
      'Traffic a thread and tap: 1 word and 1 entry loaded for 4 MACs.',
    ],
    sizes: { ...geometry.sizes, words },
    weights: op.element.storage,
    order: byInput(c4, spec.kernel[0] * spec.kernel[1], 1),
    blocks: c4,
    span: { threads: c4, pixels: 1 },
    body,
    workgroups: workgroups(words),
  })
}
