import type { ConvSpec, GemmSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { workgroups } from '../wgsl/shader.ts'
import { range } from './contract/walk.ts'
import { extentOf, type Kernel } from './kernel.ts'
import { byTiles, exactFloatProduct, floatProduct, PACKED_DOT, type Product } from './product.ts'
import { reduction, type Accumulator } from './reduction.ts'
import { weighted } from './weighted.ts'
import { geometryOf, originOf, overTaps, type Geometry } from './window.ts'

/** The number of output pixels per thread, if there are enough pixels. With eight, SwiftShader compiles for seconds. */
const PIXELS = 4
/** With this few output pixels, lanes would be idle, so lanes run over output channels instead. */
const FEW_PIXELS = 16

/** Gemm is a 1x1 convolution of M images with one pixel each. */
const ONE_PIXEL = { leaves: false, pointwise: true, sizes: { kernelHeight: 1, kernelWidth: 1 } }

/**
 * Conv whose groups hold whole channel blocks, and Gemm: a direct register-tiled contraction. Each thread keeps
 * `pixels` x `blocks` x 4 accumulators and walks the taps and input blocks. It loads one word per pixel and one weight
 * tile per block.
 */
export function dense(spec: ConvSpec | GemmSpec, features: Features): Kernel {
  const [x] = spec.inputs
  const input = extentOf(x)
  const out = extentOf(spec.output)
  const geometry = spec.op === 'Conv' ? geometryOf(spec, x, spec.output) : ONE_PIXEL
  const groups = spec.op === 'Conv' ? spec.group : 1
  const groupBlocks = Math.ceil(out.c / groups / 4)
  const reducedBlocks = Math.ceil(input.c / groups / 4)
  const { kernelHeight, kernelWidth } = geometry.sizes
  const rows = out.n * out.p

  const alongChannels = rows <= FEW_PIXELS
  const pixels = Math.min(PIXELS, rows)
  const pairs = groups === 1 ? groupBlocks > 1 : groupBlocks % 2 === 0
  const blocks = !alongChannels && pairs ? 2 : 1
  const strips = Math.ceil(out.c4 / blocks)
  const tiles = Math.ceil(rows / pixels)

  const op = weighted(spec, features)
  const lanes = Math.min(4, input.c / groups)
  const product = op.integer ? integerProduct(lanes, features) : floatProduct(op.element, lanes)
  const products = kernelHeight * kernelWidth * reducedBlocks * lanes
  const eachPixel = range(pixels)
  const eachBlock = range(blocks)
  const sums = eachBlock.flatMap((b) => eachPixel.map((p) => ({ b, p, name: `sum${b}_${p}` })))
  const accumulators: Accumulator[] = sums.map(({ b, p, name }) => {
    return { name, width: 4, term: product.multiply(`x${p}`, `${b}`) }
  })
  if (op.corrected)
    for (const p of eachPixel)
      accumulators.push({ name: `total${p}`, width: 1, term: product.total(`x${p}`, 'onesIn(c)') })

  const word = (p: number) =>
    geometry.leaves ? `select(${op.padding}, x[base${p} + c], inside${p})` : `x[base${p} + c]`
  const loads = [
    ...eachPixel.map((p) => `let x${p} = ${product.load(word(p))};`),
    ...eachBlock.map((b) => product.tile(`(tile + ${b}u * scalars.blockTiles)`, `${b}`)),
  ]
  const reduce = reduction(product, accumulators, loads, products)
  const body = [
    alongChannels
      ? `let pixel = layer * ${pixels}u;\nlet block = thread;\nif (block >= scalars.outputBlocks) { return; }`
      : `let pixel = thread * ${pixels}u;\nlet block = layer * ${blocks}u;\nif (pixel >= scalars.rows) { return; }`,
    'let first = block / scalars.groupBlocks * scalars.reducedBlocks;',
    'var tile = block * scalars.blockTiles;',
    reduce.declare,
    ...eachPixel.map((p) => `let pixel${p} = min(pixel + ${p}u, scalars.rows - 1u);`),
    ...eachPixel.map((p) =>
      geometry.pointwise
        ? `let base${p} = pixel${p} * scalars.inputBlocks + first;`
        : originOf(`pixel${p}`, `${p}`),
    ),
    geometry.pointwise
      ? reduce.loop
      : overTaps(
          geometry as Geometry,
          eachPixel,
          (pixel) => `${pixel} * scalars.inputBlocks + first`,
          reduce.loop,
        ),
    ...sums.map(({ b, p, name }) => {
      const at = `block + ${b}u`
      const total = op.corrected
        ? ` - ${reduce.result(`total${p}`, 1)} * channels[${at}].weightZeroPoint`
        : ''
      const settled = `settle(${reduce.result(name, 4)}${total}, ${at})`
      const store = `y[pixel${p} * scalars.outputBlocks + ${at}] = emit(${settled}, ${at});`
      return b === 0 ? store : `if (${at} < scalars.outputBlocks) { ${store} }`
    }),
  ].join('\n')

  return op.finish({
    variant: `direct ${geometry.pointwise ? 'pointwise' : 'windowed'}, ${product.title}`,
    about: [
      'Layout: NHWC in blocks of 4 channels; weights in tiles [output block][tap][input block].',
      `Tile: ${pixels} pixels x ${4 * blocks} output channels a thread, ` +
        `lanes along ${alongChannels ? 'channels' : 'pixels'}.`,
      `Traffic a thread: ${pixels} words + ${blocks} tiles loaded for ` +
        `${4 * lanes * pixels * blocks} MACs, ${pixels * blocks} words stored once.`,
    ],
    sizes: {
      ...geometry.sizes,
      rows,
      groupBlocks,
      reducedBlocks,
      inputBlocks: input.c4,
      blockTiles: kernelHeight * kernelWidth * reducedBlocks,
      tailOnes: [0x01010101, 0x01, 0x0101, 0x010101][(input.c / groups) % 4],
    },
    weights: product.storage,
    functions: [...product.functions, ...(op.corrected ? [ONES_IN] : [])],
    order: byTiles(product, strips * blocks, kernelHeight * kernelWidth, reducedBlocks),
    blocks: strips * blocks,
    ...(!alongChannels && { span: { threads: 1, pixels } }),
    local: geometry.pointwise,
    body,
    workgroups: alongChannels ? workgroups(out.c4, tiles) : workgroups(tiles, strips),
  })
}

/** A word with a 1 in the byte of every logical channel of an input block. */
const ONES_IN = `
fn onesIn(block: u32) -> u32 {
  return select(0x01010101u, scalars.tailOnes, block == scalars.reducedBlocks - 1u);
}`

/**
 * The fastest exact int8 product for this target. With only one input, three quarters of a dot product of four would be
 * padding.
 */
function integerProduct(lanes: number, { packedDot }: Features): Product {
  return packedDot && lanes > 1 ? PACKED_DOT : exactFloatProduct(lanes)
}
