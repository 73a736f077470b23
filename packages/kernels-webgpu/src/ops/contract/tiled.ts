import type { ConvSpec, GemmSpec } from '@octet/core'
import { indent, workgroups } from '../../wgsl/shader.ts'
import type { Target } from '../../wgsl/target.ts'
import { extentOf, type Kernel } from '../kernel.ts'
import { weighted } from '../weighted.ts'
import { microkernelOf, type Microkernel } from './microkernel.ts'
import { rowsOf } from './rows.ts'
import { byStrips } from './strips.ts'
import { range, walk } from './walk.ts'

/** The outputs of one workgroup, and its number of threads. */
export interface Tile {
  readonly rows: number
  /** Blocks of four output channels. */
  readonly blocks: number
  /** Threads along rows and along blocks. Each computes every such row and block of the tile. */
  readonly down: number
  readonly across: number
}

const LEAST: Tile = { rows: 32, blocks: 8, down: 8, across: 8 }
/** From the most reuse to the most workgroups. */
const TILES: readonly Tile[] = [
  { rows: 128, blocks: 32, down: 16, across: 16 },
  { rows: 64, blocks: 16, down: 8, across: 8 },
  { rows: 128, blocks: 8, down: 16, across: 8 },
  LEAST,
]

/** The bytes of x in a row of the tile: whole memory sectors for the threads that load it. */
const ROW_BYTES = { 4: 32, 16: 64 } as const
/** The bytes that the banks of workgroup memory deliver at once. */
const BANKS = 128

/**
 * The tiles to try for a Conv with one group or a Gemm, without tiles that lie mostly past the edges or exceed the
 * limits. CPU adapters get the fewest, because their workgroup memory is no faster than other memory and they compile
 * for seconds.
 */
export function tilesFor(spec: ConvSpec | GemmSpec, target: Target): readonly Tile[] {
  const op = weighted(spec, target)
  const { n, p, c4 } = extentOf(spec.output)
  const microkernel = microkernelOf(spec, op, target)
  return (target.software ? [LEAST] : TILES).filter((tile) => {
    const bytes = sharedBytes(tile, microkernel, op.corrected)
    const fits =
      tile.down * tile.across <= target.limits.invocations && bytes <= target.limits.workgroupStorage
    return fits && n * p > tile.rows / 2 && c4 > tile.blocks / 2
  })
}

/** `tile 64x64`: rows by output channels. */
export function nameOfTile({ rows, blocks }: Tile): string {
  return `tile ${rows}x${4 * blocks}`
}

/**
 * Register tile and workgroup memory. A workgroup walks the depth in steps: its threads together load a tile of x and a
 * tile of weights, then each multiplies its own rows and blocks from workgroup memory. The loads of a step are in
 * flight while the previous step is multiplied.
 */
export function tiled(spec: ConvSpec | GemmSpec, target: Target, tile: Tile): Kernel {
  const op = weighted(spec, target)
  const microkernel = microkernelOf(spec, op, target)
  const { left, right, entries } = microkernel
  const rows = rowsOf(spec, op)
  const { c4 } = extentOf(spec.output)
  const depth = depthOf(microkernel)
  const threads = tile.down * tile.across
  const strips = Math.ceil(c4 / tile.blocks)
  const steps = Math.ceil(rows.columns / depth)
  const rightSize = depth * entries * tile.blocks
  const stride = strideOf(tile, microkernel)

  const slots = range((tile.rows * depth) / threads)
  const copies = range(Math.ceil(rightSize / threads))
  const eachRow = range(tile.rows / tile.down)
  const eachBlock = range(tile.blocks / tile.across)
  const sums = eachRow.flatMap((r) => eachBlock.map((b) => ({ r, b, name: `sum${r}_${b}` })))
  const slotRow = (slot: number) => `local / ${depth}u + ${(slot * threads) / depth}u`
  const copying = (copy: number, work: (at: string) => string) => {
    const at = `local + ${copy * threads}u`
    return (copy + 1) * threads > rightSize ? `if (${at} < ${rightSize}u) { ${work(at)} }` : work(at)
  }

  const fetch = [
    rows.locate(`(step * ${depth}u + word)`),
    ...slots.map((s) => `x${s} = ${rows.piece(`${s}`)};`),
    `let weight = (layer * scalars.steps + step) * ${rightSize}u;`,
    ...copies.map((copy) => copying(copy, (at) => `w${copy} = weights[weight + ${at}];`)),
  ]
  const keep = [
    ...slots.map((s) => `let l${s} = ${left.of(`x${s}`)};`),
    ...slots.map((s) => `left[word * ${stride}u + ${slotRow(s)}] = l${s};`),
    ...(op.corrected ? slots.map((s) => `total${s} += ${microkernel.total(`l${s}`)};`) : []),
    ...copies.map((copy) => copying(copy, (at) => `right[${at}] = ${right.of(`w${copy}`)};`)),
  ]
  const entry = (b: number, e: number) =>
    `right[(c * ${entries}u + ${e}u) * ${tile.blocks}u + across + ${b * tile.across}u]`
  const products = [
    ...eachRow.map((r) => `let l${r} = left[c * ${stride}u + down + ${r * tile.down}u];`),
    ...eachBlock.flatMap((b) => range(entries).map((e) => `let r${b}_${e} = ${entry(b, e)};`)),
    ...sums.map(({ r, b, name }) => microkernel.accumulate(name, `l${r}`, (e) => `r${b}_${e}`)),
  ].join('\n')
  const multiply = [`for (var c = 0u; c < ${depth}u; c++) {\n${indent(products, 2)}\n}`]

  const body = [
    `let first = group * ${tile.rows}u;`,
    'if (first >= scalars.rows) { return; }',
    `let down = local / ${tile.across}u;`,
    `let across = local % ${tile.across}u;`,
    `let word = local % ${depth}u;`,
    ...slots.map((s) => rows.place(`min(first + ${slotRow(s)}, scalars.rows - 1u)`, `${s}`)),
    ...slots.map((s) => `var x${s} = ${left.stored}();`),
    ...copies.map((copy) => `var w${copy} = ${right.stored}();`),
    ...(op.corrected ? slots.map((s) => `var total${s} = 0;`) : []),
    ...sums.map(({ name }) => `var ${name} = ${microkernel.sum}();`),
    walk({ fetch, keep, multiply }),
    ...(op.corrected
      ? [...slots.map((s) => `atomicAdd(&totals[${slotRow(s)}], total${s});`), 'workgroupBarrier();']
      : []),
    ...eachRow.map((r) => store(r)),
  ].join('\n')

  function store(r: number): string {
    const row = `down + ${r * tile.down}u`
    const correction = op.corrected ? ` - atomicLoad(&totals[${row}]) * channels[block].weightZeroPoint` : ''
    const each = eachBlock.map((b) =>
      `
  {
    let block = layer * ${tile.blocks}u + across + ${b * tile.across}u;
    if (block < scalars.outputBlocks) { y[at + block] = emit(settle(sum${r}_${b}${correction}, block), block); }
  }`.slice(1),
    )
    return `
if (first + ${row} < scalars.rows) {
  let at = (first + ${row}) * scalars.outputBlocks;
${each.join('\n')}
}`.trim()
  }

  const bytes = sharedBytes(tile, microkernel, op.corrected)
  const layout = { blocks: tile.blocks, strips, depth, steps }
  return op.finish({
    variant: `${nameOfTile(tile)}, ${rows.title}, ${microkernel.title}`,
    about: [
      'Layout: NHWC in blocks of 4 channels; weights in the order tiles of them are read.',
      `Tile: ${tile.rows} pixels x ${4 * tile.blocks} output channels a workgroup of ${threads}, ` +
        `${eachRow.length} x ${4 * eachBlock.length} a thread, ${4 * depth} deep a step.`,
      `Traffic a step: ${tile.rows * depth} words + ${rightSize} weight entries for ` +
        `${tile.rows * tile.blocks * depth * 16} MACs, through ${bytes} bytes of workgroup memory.`,
    ],
    sizes: { ...rows.sizes, steps },
    threads,
    shared: [
      { name: 'left', type: `array<${left.type}, ${stride * depth}>` },
      { name: 'right', type: `array<${right.type}, ${rightSize}>` },
      ...(op.corrected ? [{ name: 'totals', type: `array<atomic<i32>, ${tile.rows}>` }] : []),
    ],
    weights: right.stored,
    functions: [...microkernel.functions, ...rows.functions],
    order: byStrips(spec, microkernel, layout),
    blocks: strips * tile.blocks,
    body,
    workgroups: workgroups(Math.ceil(rows.count / tile.rows) * threads, strips, threads),
  })
}

/**
 * The words from one column of the x tile to the next. They exceed the rows by enough that neither the threads that
 * store a row nor the threads that read a column meet in one bank.
 */
function strideOf(tile: Tile, { left }: Microkernel): number {
  return tile.rows + BANKS / ROW_BYTES[left.bytes as keyof typeof ROW_BYTES]
}

function depthOf({ left }: Microkernel): number {
  return ROW_BYTES[left.bytes as keyof typeof ROW_BYTES] / left.bytes
}

function sharedBytes(tile: Tile, microkernel: Microkernel, corrected: boolean): number {
  const { left, right, entries } = microkernel
  const word = strideOf(tile, microkernel) * left.bytes + tile.blocks * entries * right.bytes
  return depthOf(microkernel) * word + (corrected ? tile.rows * 4 : 0)
}
