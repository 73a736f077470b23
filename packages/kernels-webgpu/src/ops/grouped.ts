import type { ConvSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { workgroups } from '../wgsl/shader.ts'
import { extentOf, type Kernel } from './kernel.ts'
import { byInput } from './weight-order.ts'
import { weighted } from './weighted.ts'
import { geometryOf, originOf, within } from './window.ts'

/**
 * Conv whose groups do not hold whole blocks of four channels (depth multipliers, three channels per group). Every
 * output lane gathers its own group's inputs. The result is correct for any geometry, but slow.
 */
export function grouped(spec: ConvSpec, features: Features): Kernel {
  const [x] = spec.inputs
  const op = weighted(spec, features)
  const { decode, value } = op.element
  const input = extentOf(x)
  const out = extentOf(spec.output)
  const geometry = { ...geometryOf(spec, x, spec.output), leaves: true }
  const rows = out.n * out.p
  const lane = (i: number) => `${decode}(x[start + c[${i}] / 4u])[c[${i}] % 4u]`
  const weight = `${decode}(weights[tap + i])${op.corrected ? ' - channels[layer].weightZeroPoint' : ''}`

  const body = `
let pixel = thread;
if (pixel >= scalars.rows) { return; }
let channel = min(vec4<u32>(0u, 1u, 2u, 3u) + layer * 4u, vec4<u32>(scalars.channels - 1u));
let first = channel / scalars.groupOutputs * scalars.groupInputs;
var sums = ${value}();
${originOf('pixel')}
for (var kh = 0u; kh < scalars.kernelHeight; kh++) {
  for (var kw = 0u; kw < scalars.kernelWidth; kw++) {
    let h = row + i32(kh * scalars.dilationHeight);
    let v = column + i32(kw * scalars.dilationWidth);
    let inside = h >= 0 && h < i32(scalars.height) && v >= 0 && v < i32(scalars.width);
    let line = image * scalars.height + ${within(geometry, 'h', 'height')};
    let start = (line * scalars.width + ${within(geometry, 'v', 'width')}) * scalars.inputBlocks;
    let tap = ((layer * scalars.kernelHeight + kh) * scalars.kernelWidth + kw) * scalars.groupInputs;
    for (var i = 0u; i < scalars.groupInputs; i++) {
      let c = first + i;
      let gathered = ${value}(${[0, 1, 2, 3].map(lane).join(', ')});
      sums += select(${decode}(${op.padding}), gathered, inside) * (${weight});
    }
  }
}
y[pixel * scalars.outputBlocks + layer] = emit(settle(sums, layer), layer);`

  return op.finish({
    variant: 'ragged groups',
    about: [
      'Layout: NHWC in blocks of 4 channels; weights [block][tap][input], four outputs an entry.',
      'Tile: 1 pixel x 4 channels a thread, lanes along pixels.',
      'Traffic a thread: 4 words and 1 weight entry loaded for 4 MACs, 1 word stored once.',
    ],
    sizes: {
      ...geometry.sizes,
      rows,
      inputBlocks: input.c4,
      groupInputs: input.c / spec.group,
      groupOutputs: out.c / spec.group,
    },
    weights: op.element.storage,
    order: byInput(out.c4, spec.kernel[0] * spec.kernel[1], input.c / spec.group),
    blocks: out.c4,
    span: { threads: 1, pixels: 1 },
    body,
    workgroups: workgroups(rows, out.c4),
  })
}
