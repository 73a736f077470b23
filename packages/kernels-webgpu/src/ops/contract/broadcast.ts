import type { ConvSpec, GemmSpec } from '@octet/core'
import { workgroups } from '../../wgsl/shader.ts'
import { subgroupSize, type Target } from '../../wgsl/target.ts'
import { extentOf, type Kernel } from '../kernel.ts'
import { weighted } from '../weighted.ts'
import { geometryOf, originOf, tapOf } from '../window.ts'
import { panelsOf } from './panels.ts'
import { byStrips } from './strips.ts'
import { summation, type Sum } from './summation.ts'
import { range } from './walk.ts'

/**
 * The outputs of one subgroup. Its lanes own different pixels or different channels. The other operand is broadcast.
 */
export interface BroadcastTile {
  readonly lanes: 'pixels' | 'channels'
  /** The number of pixels. */
  readonly rows: number
  /** The number of blocks of four output channels. */
  readonly blocks: number
}

/**
 * The most vectors of four sums that a lane keeps. More would spill registers, and compile for seconds on CPU adapters.
 */
const MOST_SUMS = 32

/** The tiles to try on this target, the probably best first. Empty if subgroups vary in size. */
export function broadcastTiles(spec: ConvSpec | GemmSpec, target: Target): readonly BroadcastTile[] {
  const size = subgroupSize(target)
  if (size === undefined || size > target.limits.invocations) return []
  const { n, p, c4 } = extentOf(spec.output)
  const rows = n * p
  if (rows < size) return [{ lanes: 'channels', rows, blocks: size }]
  const heights = (sets: readonly number[]) =>
    sets.map((count) => count * size).filter((height) => height < rows + size)
  const overPixels = (sets: readonly number[]) =>
    heights(sets).map((height) => ({ lanes: 'pixels', rows: height, blocks: Math.min(4, c4) }) as const)
  const overChannels = (sets: readonly number[]) =>
    heights(sets)
      .filter((height) => height <= MOST_SUMS)
      .map((height) => ({ lanes: 'channels', rows: height, blocks: size }) as const)
  if (2 * c4 <= size) return overPixels([2, 4])
  // SwiftShader compiles other tiles for seconds and gains nothing from them.
  if (target.id === 'swiftshader') return overChannels([2, 1])
  // Tall tiles load least, but with few of them cores stay idle. Bytes and halves load little anyway.
  if ((rows * c4) / (4 * size * size) < 32) return [...overChannels([2, 1]), ...overPixels([2])]
  const sets = spec.inputs[0].dtype === 'float32' ? [4, 2] : [2, 4]
  return [...overChannels(sets), ...overPixels([2])]
}

/** `broadcast inputs 16x32`: the broadcast operand, then pixels by output channels. */
export function nameOfBroadcast({ lanes, rows, blocks }: BroadcastTile): string {
  return `broadcast ${lanes === 'channels' ? 'inputs' : 'weights'} ${rows}x${4 * blocks}`
}

/**
 * Register tile of one subgroup, with subgroupBroadcast. Its lanes together load words of x and of panel-packed
 * weights, each word once. Every lane then multiplies the operand that it owns with the operands of the other lanes. A
 * load thus serves a whole subgroup without workgroup memory, which matters where loads are slow, as on CPU adapters.
 */
export function broadcast(spec: ConvSpec | GemmSpec, target: Target, tile: BroadcastTile): Kernel {
  const [x] = spec.inputs
  const size = subgroupSize(target) ?? 1
  const op = weighted(spec, target)
  const input = extentOf(x)
  const out = extentOf(spec.output)
  const pixels = out.n * out.p
  const strips = Math.ceil(out.c4 / tile.blocks)
  const geometry = spec.op === 'Conv' ? geometryOf(spec, x, spec.output) : undefined
  const windowed = geometry !== undefined && !geometry.pointwise
  const taps = windowed ? geometry.sizes['kernelHeight'] * geometry.sizes['kernelWidth'] : 1
  const panels = panelsOf(op.dtype, input.c4, spec.weightBits)
  const layout = { blocks: tile.blocks, strips, depth: 1, steps: taps * input.c4 }

  const alongPixels = tile.lanes === 'pixels'
  const sets = range(Math.ceil(tile.rows / size))
  const rows = alongPixels ? sets : range(tile.rows)
  const blocks = range(alongPixels ? tile.blocks : tile.blocks / size)
  const sums = rows.flatMap((r) => blocks.map((b) => ({ r, b, name: `sum${r}_${b}` })))
  const from = (value: string, index: number) => `subgroupBroadcast(${value}, ${index % size}u)`

  const stepWords = panels.quads * panels.entries * tile.blocks
  const loads = range(Math.ceil(stepWords / size))
  const padding = op.integer ? `${panels.left}(scalars.padding)` : `${panels.left}()`
  const word = (s: number) =>
    windowed && geometry.leaves ? `select(${padding}, x[base${s} + c], inside${s})` : `x[base${s} + c]`
  const totalOf = (value: string, q: number) =>
    input.c % 4 === 0
      ? `dot(${value}, vec4<f32>(1.0))`
      : `dot(${value}, counted(c * ${panels.quads}u + ${q}u))`

  const step = [
    ...(windowed ? sets.map((s) => tapOf(geometry, `${s}`, (pixel) => `${pixel} * scalars.inputWords`)) : []),
    ...sets.map((s) => `let x${s} = ${word(s)};`),
    ...loads.map((l) => `let w${l} = weights[tile + ${l * size}u + lane];`),
    ...range(panels.quads).flatMap(quad),
    `tile += ${stepWords}u;`,
    windowed ? NEXT_WORD : 'c++;',
  ].join('\n')

  /**
   * Four inputs at a time: unpacks them and their weights, then multiplies row by row, so that sums stay in registers.
   */
  function quad(q: number): string[] {
    const entry = (e: number, block: number) => {
      const index = (q * panels.entries + e) * tile.blocks + block
      return alongPixels ? from(`w${Math.floor(index / size)}`, index) : `w${index / size}`
    }
    const own = (b: number) => (alongPixels ? b : b * size)
    const left = (r: number, lane: string) =>
      alongPixels ? `x${r}_${q}.${lane}` : from(`x${Math.floor(r / size)}_${q}.${lane}`, r)
    return [
      ...sets.map((s) => `let x${s}_${q} = ${panels.inputs(`x${s}`, q)};`),
      ...blocks.flatMap((b) =>
        range(panels.entries).map((e) => `let w${b}_${q}_${e} = ${entry(e, own(b))};`),
      ),
      ...blocks.flatMap((b) =>
        panels.weights((e) => `w${b}_${q}_${e}`).map((column, k) => `let w${b}_${q}${LANES[k]} = ${column};`),
      ),
      ...sums.flatMap(({ r, b, name }) =>
        LANES.map((lane) => `${name} += ${left(r, lane)} * w${b}_${q}${lane};`),
      ),
      ...(op.corrected ? sets.map((s) => `total${s} += ${totalOf(`x${s}_${q}`, q)};`) : []),
    ]
  }
  const accumulators: Sum[] = [
    ...sums.map(({ name }) => ({ name, width: 4 as const, scale: panels.scales?.products })),
    ...(op.corrected
      ? sets.map((s) => ({ name: `total${s}`, width: 1 as const, scale: panels.scales?.inputs }))
      : []),
  ]
  const sumUp = summation(accumulators, step, {
    products: taps * input.c4 * 4,
    perStep: panels.quads * 4,
    exact: EXACT,
  })
  const correction = (r: number, b: number) => {
    if (!op.corrected) return ''
    const total = alongPixels
      ? sumUp.result(`total${r}`)
      : from(sumUp.result(`total${Math.floor(r / size)}`), r)
    return ` - ${total} * channel${b}.weightZeroPoint`
  }

  const body = [
    `let first = group * ${tile.rows}u;`,
    `let strip = layer * ${tile.blocks}u;`,
    'var tile = layer * scalars.stripWords;',
    'var c = 0u;',
    ...(windowed ? ['var kw = 0u;', 'var kh = 0u;'] : []),
    ...sets.map((s) => `let pixel${s} = min(first + ${s * size}u + lane, scalars.rows - 1u);`),
    ...sets.map((s) =>
      windowed ? originOf(`pixel${s}`, `${s}`) : `let base${s} = pixel${s} * scalars.inputWords;`,
    ),
    sumUp.declare,
    sumUp.loop,
    ...blocks.map(
      (b) =>
        `let block${b} = min(strip + ${alongPixels ? `${b}u` : `${b * size}u + lane`}, scalars.outputBlocks - 1u);`,
    ),
    ...blocks.map((b) => `let channel${b} = channels[block${b}];`),
    ...sums.map(
      ({ r, b, name }) =>
        `let result${r}_${b} = settleBy(${sumUp.result(name)}${correction(r, b)}, channel${b});`,
    ),
    ...sums.map(({ r, b }) => {
      const pixel = alongPixels ? `first + ${r * size}u + lane` : `first + ${r}u`
      const block = alongPixels ? `strip + ${b}u` : `strip + ${b * size}u + lane`
      return (
        `if (${pixel} < scalars.rows && ${block} < scalars.outputBlocks) { y[(${pixel}) ` +
        `* scalars.outputBlocks + block${b}] = emit(result${r}_${b}, block${b}); }`
      )
    }),
  ].join('\n')

  return op.finish({
    variant: `${nameOfBroadcast(tile)}, ${windowed ? 'windowed' : 'pointwise'}, ${panels.title}`,
    about: [
      'Layout: NHWC in blocks of 4 channels; weights as [strip of outputs][tap][four inputs][entry][block of outputs].',
      `Tile: ${tile.rows} pixels x ${4 * tile.blocks} output channels a subgroup ` +
        `of ${size}, lanes along ${tile.lanes}; ${4 * panels.quads} inputs a step.`,
      `Traffic a step: ${sets.length} words of x + ${loads.length} weight entries a ` +
        `lane for ${sums.length * panels.quads * 16} MACs, broadcast by subgroupBroadcast.`,
    ],
    enables: ['subgroups'],
    threads: size,
    view: panels.left,
    sizes: {
      ...(windowed && geometry.sizes),
      rows: pixels,
      inputWords: input.c4 / panels.quads,
      steps: (taps * input.c4) / panels.quads,
      stripWords: taps * input.c4 * panels.entries * tile.blocks,
    },
    weights: panels.right,
    functions: [...panels.functions, ...(op.corrected && input.c % 4 !== 0 ? [counted(input.c)] : [])],
    order: byStrips(spec, panels, layout),
    blocks: strips * tile.blocks,
    span: { threads: size, pixels: tile.rows },
    local: !windowed,
    body,
    workgroups: workgroups(Math.ceil(pixels / tile.rows) * size, strips, size),
  })
}

/** A single loop over words and taps, because each loop costs a CPU adapter a masked move of all sums. */
const NEXT_WORD = `
c++;
if (c == scalars.inputWords) { c = 0u; kw++; }
if (kw == scalars.kernelWidth) { kw = 0u; kh++; }`.trim()

/** The number of int8 products that float32 sums exactly: each is at most 2^14, and float32 is exact up to 2^24. */
const EXACT = 1024

const LANES = ['x', 'y', 'z', 'w']

/** `counted(block)`: 1 for every logical channel of an input block, 0 for padding lanes. */
function counted(channels: number): string {
  const tail = range(4).map((lane) => (lane < channels % 4 ? '1.0' : '0.0'))
  return `
fn counted(block: u32) -> vec4<f32> {
  return select(vec4<f32>(1.0), vec4<f32>(${tail.join(', ')}), block == ${Math.floor(channels / 4)}u);
}`
}
