import { tensor, type ConvSpec } from '@octet/core'
import type { Target } from '../wgsl/target.ts'
import { contract } from './contract/contract.ts'
import { dense } from './dense.ts'
import { depthwiseChannels } from './depthwise-channels.ts'
import { depthwise, isDepthwise } from './depthwise.ts'
import { grouped } from './grouped.ts'
import type { Kernel } from './kernel.ts'
import type { Op, Run, Variant } from './op.ts'
import { channelOf, reduced } from './point.ts'

export const conv: Op<'Conv'> = { build, rank: 4, point }

function build(spec: ConvSpec, target: Target): Kernel | readonly Variant[] {
  if (isDepthwise(spec)) {
    const lines: Variant = { name: 'lines', build: () => depthwise(spec, target) }
    const channels: Variant = { name: 'channels', build: () => depthwiseChannels(spec, target) }
    // A CPU adapter loads single words as fast as neighbouring ones, and shares what windows have in common.
    return target.software ? [lines, channels] : [channels, lines]
  }
  if (spec.group === 1) return contract(spec, target)
  const inputs = spec.inputs[0].shape[1] / spec.group
  const outputs = spec.output.shape[1] / spec.group
  return inputs % 4 === 0 && outputs % 4 === 0 ? dense(spec, target) : grouped(spec, target)
}

/** A single window of one group, with its padding as explicit zeros. */
function point({ spec, constants, inputs: [x] }: Run<ConvSpec>, at: number): Run {
  const [, outputs, outHeight, outWidth] = spec.output.shape
  const [, channels, height, width] = spec.inputs[0].shape
  const positions = outHeight * outWidth
  const [image, m, position] = [
    Math.floor(at / positions / outputs),
    Math.floor(at / positions) % outputs,
    at % positions,
  ]
  const [top, left] = [
    Math.floor(position / outWidth) * spec.strides[0] - spec.pads[0],
    (position % outWidth) * spec.strides[1] - spec.pads[1],
  ]
  const inputs = channels / spec.group
  const first = image * channels + Math.floor(m / (outputs / spec.group)) * inputs
  const [taps, tapWidth] = [spec.kernel[0] * spec.kernel[1], spec.kernel[1]]
  const window = tensor(x.dtype, [1, inputs, ...spec.kernel])
  if (constants.kind === 'int-weights') window.data.fill(constants.inputZeroPoint)
  for (let i = 0; i < inputs; i++)
    for (let tap = 0; tap < taps; tap++) {
      const row = top + Math.floor(tap / tapWidth) * spec.dilations[0]
      const column = left + (tap % tapWidth) * spec.dilations[1]
      if (row < 0 || row >= height || column < 0 || column >= width) continue
      window.data[i * taps + tap] = x.data[((first + i) * height + row) * width + column]
    }
  const alone = {
    ...spec,
    group: 1,
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
  } satisfies ConvSpec
  return reduced(alone, [1, 1, 1, 1], [window], channelOf(constants, m))
}
