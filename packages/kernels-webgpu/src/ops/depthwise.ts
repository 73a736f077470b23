import type { ConvSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { indent, workgroups } from '../wgsl/shader.ts'
import { extentOf, type Kernel } from './kernel.ts'
import { byInput } from './weight-order.ts'
import { weighted } from './weighted.ts'
import { geometryOf, originOf, within } from './window.ts'

/** The number of output pixels of one line per thread. Their windows share columns. */
const PIXELS = 4
/**
 * The most columns that a thread may load at once. More would spill registers, and the shader is unrolled over them.
 */
const MAX_COLUMNS = 16

/** Columns of one line that `pixels` neighbouring windows read, relative to the first pixel's first tap. */
function columnsOf({ kernel, strides, dilations }: ConvSpec, pixels: number): number[] {
  const columns = new Set<number>()
  for (let p = 0; p < pixels; p++)
    for (let tap = 0; tap < kernel[1]; tap++) columns.add(p * strides[1] + tap * dilations[1])
  return [...columns].toSorted((a, b) => a - b)
}

/** Whether a Conv has one filter per channel and a window that fits in registers. */
export function isDepthwise(spec: ConvSpec): boolean {
  const channels = spec.inputs[0].shape[1]
  const alone = spec.group === channels && spec.output.shape[1] === channels
  return alone && columnsOf(spec, PIXELS).length <= MAX_COLUMNS
}

/**
 * Conv with one filter per channel. It computes four channels at a time, and neighbouring windows share their loads.
 */
export function depthwise(spec: ConvSpec, features: Features): Kernel {
  const [x] = spec.inputs
  const op = weighted(spec, features)
  const { decode } = op.element
  const { c4 } = extentOf(x)
  const geometry = geometryOf(spec, x, spec.output)
  const [kernelHeight, kernelWidth] = spec.kernel
  const pixels = Math.min(PIXELS, geometry.outWidth)
  const strips = Math.ceil(geometry.outWidth / pixels)
  const outLines = geometry.batch * geometry.outHeight
  const eachPixel = Array.from({ length: pixels }, (_, p) => p)
  const columns = columnsOf(spec, pixels)

  const load = (column: number) => {
    const at = `column + ${column}`
    const word = `x[start + ${within(geometry, at, 'width')} * scalars.outputBlocks]`
    if (!geometry.leaves) return `let x${column} = ${decode}(${word});`
    const inside = `inside && ${at} >= 0 && ${at} < i32(scalars.width)`
    return `let x${column} = ${decode}(select(${op.padding}, ${word}, ${inside}));`
  }
  const tap = (kw: number) => {
    const stored = `${decode}(weights[tap + ${kw}u])`
    const sums = eachPixel.map((p) => {
      const column = p * spec.strides[1] + kw * spec.dilations[1]
      return `sum${p} += x${column} * w${kw};`
    })
    const weight = op.corrected ? `${stored} - channels[layer].weightZeroPoint` : stored
    return [`let w${kw} = ${weight};`, ...sums].join('\n')
  }
  const overRow = [
    'let h = row + i32(kh * scalars.dilationHeight);',
    geometry.leaves ? 'let inside = h >= 0 && h < i32(scalars.height);' : '',
    `let start = (image * scalars.height + ${within(geometry, 'h', 'height')}) ` +
      '* scalars.width * scalars.outputBlocks + layer;',
    `let tap = (layer * scalars.kernelHeight + kh) * ${kernelWidth}u;`,
    ...columns.map(load),
    ...Array.from({ length: kernelWidth }, (_, kw) => tap(kw)),
  ].join('\n')

  const body = [
    `let begin = (thread % scalars.strips) * ${pixels}u;`,
    'let outLine = thread / scalars.strips;',
    'if (outLine >= scalars.outLines) { return; }',
    'let pixel = outLine * scalars.outWidth + begin;',
    originOf('pixel'),
    ...eachPixel.map((p) => `var sum${p} = ${op.element.value}();`),
    `for (var kh = 0u; kh < scalars.kernelHeight; kh++) {\n${indent(overRow, 2)}\n}`,
    ...eachPixel.map((p) => {
      const store = `y[(pixel + ${p}u) * scalars.outputBlocks + layer] = emit(settle(sum${p}, layer), layer);`
      return p === 0 ? store : `if (begin + ${p}u < scalars.outWidth) { ${store} }`
    }),
  ].join('\n')

  return op.finish({
    variant: `depthwise, windows ${kernelWidth} wide`,
    about: [
      'Layout: NHWC in blocks of 4 channels; weights [block][tap], four channels an entry.',
      `Tile: ${pixels} pixels of a line x 4 channels a thread, lanes along lines; ` +
        `stride ${spec.strides[1]}, dilation ${spec.dilations[1]}.`,
      `Traffic a thread and window row: ${columns.length} words and ` +
        `${kernelWidth} entries loaded for ${pixels * kernelWidth * 4} MACs.`,
    ],
    sizes: { ...geometry.sizes, strips, outLines },
    weights: op.element.storage,
    order: byInput(c4, kernelHeight * kernelWidth, 1),
    blocks: c4,
    span: { threads: strips, pixels: geometry.outWidth },
    body,
    workgroups: workgroups(strips * outLines, c4),
  })
}
