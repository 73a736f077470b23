import type { ConvSpec, GemmSpec } from '@octet/core'
import { workgroups } from '../../wgsl/shader.ts'
import { subgroupSize, type MatrixConfig, type Target } from '../../wgsl/target.ts'
import { extentOf, type Kernel } from '../kernel.ts'
import type { WeightOrder } from '../weight-order.ts'
import { weighted, type Weighted } from '../weighted.ts'
import { INT4_PAIRS } from './microkernel.ts'
import { matricesOf } from './matrices.ts'
import { rowsOf, type Piece } from './rows.ts'
import { range, walk } from './walk.ts'

/** The outputs of one workgroup, and its number of subgroups. */
export interface MatrixTile {
  readonly rows: number
  /** Output channels. */
  readonly outputs: number
  /** Subgroups along rows and along outputs. Each computes one part of the tile. */
  readonly down: number
  readonly across: number
}

/** From the most reuse to the most workgroups. */
const TILES: readonly MatrixTile[] = [
  { rows: 128, outputs: 128, down: 2, across: 4 },
  { rows: 64, outputs: 64, down: 2, across: 2 },
  { rows: 32, outputs: 32, down: 2, across: 2 },
]

/** The bytes of a row that one step covers, a multiple of every depth that adapters offer. */
const STEP_BYTES = 64
/** The bytes that a thread loads at once, if the pixels of x are a multiple of this. */
const LOAD_BYTES = 16
/** The bytes between rows in workgroup memory, so that eight rows begin in different banks. */
const GAP_BYTES = 16

const COMPONENTS = {
  float32: { component: 'f32', result: 'f32', bytes: 4 },
  float16: { component: 'f16', result: 'f32', bytes: 2 },
  int8: { component: 'i8', result: 'i32', bytes: 1 },
} as const

/** A plan for a Conv with one group or a Gemm with subgroup matrices. */
export interface MatrixPlan {
  readonly tile: MatrixTile
  readonly config: MatrixConfig
  /** Invocations per subgroup. */
  readonly lanes: number
}

/** The plans to try on this target. Empty if no product sums in 32 bits, or if subgroups vary in size. */
export function matrixPlans(spec: ConvSpec | GemmSpec, target: Target): readonly MatrixPlan[] {
  const op = weighted(spec, target)
  const lanes = subgroupSize(target)
  const { component, result, bytes } = COMPONENTS[op.dtype]
  if (lanes === undefined || (component === 'f16' && !target.shaderF16)) return []
  const configs = target.matrices.filter(
    (one) =>
      one.component === component &&
      one.result === result &&
      one.N % 4 === 0 &&
      (one.K * bytes) % LOAD_BYTES === 0 &&
      STEP_BYTES % (one.K * bytes) === 0,
  )
  const { n, p, c } = extentOf(spec.output)
  return TILES.flatMap((tile) => {
    const large = n * p > tile.rows / 2 && c > tile.outputs / 2
    const fitting = configs.filter((config) => {
      const plan = { tile, config, lanes }
      const threads = threadsOf(plan)
      const loads = threads * LOAD_BYTES
      const whole =
        (tile.rows / tile.down) % config.M === 0 &&
        (tile.outputs / tile.across) % config.N === 0 &&
        (tile.rows * STEP_BYTES) % loads === 0 &&
        (tile.outputs * STEP_BYTES) % loads === 0
      return (
        whole &&
        threads <= target.limits.invocations &&
        sharedBytes(plan, op) <= target.limits.workgroupStorage
      )
    })
    const [largest] = fitting.toSorted((a, b) => b.M * b.N * b.K - a.M * a.N * a.K)
    return large && largest !== undefined ? [{ tile, config: largest, lanes }] : []
  })
}

/** `matrix 64x64 by 16x16x16`: rows by output channels, then the sizes of one product. */
export function nameOfMatrixPlan({ tile, config: { M, N, K } }: MatrixPlan): string {
  return `${PREFIX}${tile.rows}x${tile.outputs} by ${M}x${N}x${K}`
}

/** Whether a variant of this name uses subgroup matrices. */
export function isMatrixName(name: string): boolean {
  return name.startsWith(PREFIX)
}

const PREFIX = 'matrix '

/**
 * Subgroup matrices. A workgroup walks the depth in steps. Its threads load a tile of x and a tile of weights into
 * workgroup memory, as rows of x and rows of weights (one per output). Each subgroup multiplies its part of them,
 * matrix by matrix. Results go through workgroup memory to the epilogue that all strategies share.
 */
export function matrix(spec: ConvSpec | GemmSpec, target: Target, plan: MatrixPlan): Kernel {
  const { tile, config, lanes } = plan
  const op = weighted(spec, target)
  const matrices = matricesOf(config)
  const { c } = extentOf(spec.output)
  const { bytes, result } = COMPONENTS[op.dtype]
  const int4 = op.integer && spec.weightBits === 4
  const threads = threadsOf(plan)
  const strips = Math.ceil(c / tile.outputs)
  const stepWords = STEP_BYTES / (4 * bytes)
  const piece = pieceOf(spec, bytes)
  const rows = rowsOf(spec, op, piece)
  const depth = stepWords / piece.words
  const steps = Math.ceil(rows.columns / depth)
  // Both operands lie in workgroup memory as rows of loads. Weights have one row per output.
  const loads = STEP_BYTES / LOAD_BYTES
  const stride = loads + GAP_BYTES / LOAD_BYTES
  const rightSize = tile.outputs * loads

  const slots = range((tile.rows * depth) / threads)
  const copies = range(rightSize / threads)
  const slotRow = (slot: number) => `local / ${depth}u + ${(slot * threads) / depth}u`
  const copyAt = (copy: number) => `(local + ${copy * threads}u)`
  const fetch = [
    rows.locate(`(step * ${depth}u + column)`),
    ...slots.map((s) => `x${s} = ${rows.piece(`${s}`)};`),
    `let weight = (layer * scalars.steps + step) * ${rightSize}u;`,
    ...copies.map((copy) => `w${copy} = weights[weight + ${copyAt(copy)}];`),
  ]
  const keep = [
    ...slots.map((s) => keepPiece(`(${slotRow(s)}) * ${stride}u`, `x${s}`, loads / depth)),
    ...(op.corrected ? slots.map((s) => `total${s} += ${totalOf(op, piece, `x${s}`)};`) : []),
    ...copies.map((copy) => {
      const at = copyAt(copy)
      const entry = int4 ? INT4_PAIRS.of(`w${copy}`) : `w${copy}`
      return `right[${at} / ${loads}u * ${stride}u + ${at} % ${loads}u] = ${entry};`
    }),
  ]

  const eachRow = range(tile.rows / tile.down / config.M)
  const eachOutput = range(tile.outputs / tile.across / config.N)
  const sums = eachRow.flatMap((r) => eachOutput.map((o) => ({ r, o, name: `sum${r}_${o}` })))
  const rowOf = (r: number) => `(down * ${eachRow.length}u + ${r}u) * ${config.M}u`
  const outputOf = (o: number) => `(across * ${eachOutput.length}u + ${o}u) * ${config.N}u`
  const products = range(STEP_BYTES / (config.K * bytes)).map((k) => {
    const load = (k * config.K * bytes) / LOAD_BYTES
    const at = (row: string) => `${row} * ${stride}u + ${load}u`
    return [
      '{',
      ...eachRow.map((r) => `  let l${r} = ${matrices.loadLeft(at(rowOf(r)), stride)};`),
      ...eachOutput.map((o) => `  let r${o} = ${matrices.loadRight(at(outputOf(o)), stride)};`),
      ...sums.map(({ r, o, name }) => `  ${name} = ${matrices.multiply(`l${r}`, `r${o}`, name)};`),
      '}',
    ].join('\n')
  })

  const block = config.N / 4
  const correction = op.corrected ? ' - atomicLoad(&totals[row]) * channels[block].weightZeroPoint' : ''
  const results = `subgroup * ${config.M * block}u`
  const deliver = `
fn deliver(part: u32, lane: u32, first: u32, firstRow: u32, firstBlock: u32) {
  for (var at = lane; at < ${config.M * block}u; at += ${lanes}u) {
    let row = firstRow + at / ${block}u;
    let block = firstBlock + at % ${block}u;
    if (first + row < scalars.rows && block < scalars.outputBlocks) {
      let sums = results[part + at]${correction};
      y[(first + row) * scalars.outputBlocks + block] = emit(settle(sums, block), block);
    }
  }
}`
  const stores = sums.map(({ r, o, name }) =>
    `
${matrices.store(results, name, block)}
workgroupBarrier();
deliver(${results}, lane, first, ${rowOf(r)}, layer * ${tile.outputs / 4}u + ${outputOf(o)} / 4u);
workgroupBarrier();`.trim(),
  )

  const body = [
    `let first = group * ${tile.rows}u;`,
    'if (first >= scalars.rows) { return; }',
    ...matrices.prologue,
    `let down = subgroup / ${tile.across}u;`,
    `let across = subgroup % ${tile.across}u;`,
    `let column = local % ${depth}u;`,
    ...slots.map((s) => rows.place(`min(first + ${slotRow(s)}, scalars.rows - 1u)`, `${s}`)),
    ...slots.map((s) => `var x${s} = ${piece.storage}();`),
    ...copies.map((copy) => `var w${copy} = ${int4 ? INT4_PAIRS.stored : 'vec4<u32>'}();`),
    ...(op.corrected ? slots.map((s) => `var total${s} = 0;`) : []),
    ...sums.map(({ name }) => `var ${name}: ${matrices.result};`),
    walk({ fetch, keep, multiply: products }),
    ...(op.corrected ? slots.map((s) => `atomicAdd(&totals[${slotRow(s)}], total${s});`) : []),
    ...stores,
  ].join('\n')

  return op.finish({
    variant: `${nameOfMatrixPlan(plan)}, ${rows.title}`,
    about: [
      'Layout: NHWC in blocks of 4 channels; weights as [strip of outputs][step][output][input].',
      `Tile: ${tile.rows} pixels x ${tile.outputs} output channels a workgroup of ${threads}, ` +
        `${eachRow.length} x ${eachOutput.length} matrices a subgroup, ${STEP_BYTES} bytes deep a step.`,
      `Traffic a step: ${tile.rows * STEP_BYTES} bytes of x + ` +
        `${(tile.outputs * STEP_BYTES) / (int4 ? 2 : 1)} of weights for ` +
        `${tile.rows * tile.outputs * stepWords * 4} MACs, ` +
        `through ${sharedBytes(plan, op)} bytes of workgroup memory.`,
    ],
    view: piece.storage,
    sizes: { ...rows.sizes, steps },
    threads,
    enables: matrices.enables,
    shared: [
      { name: 'left', type: `array<vec4<u32>, ${tile.rows * stride}>` },
      { name: 'right', type: `array<vec4<u32>, ${tile.outputs * stride}>` },
      { name: 'results', type: `array<vec4<${result}>, ${tile.down * tile.across * config.M * block}>` },
      ...(op.corrected ? [{ name: 'totals', type: `array<atomic<i32>, ${tile.rows}>` }] : []),
    ],
    weights: int4 ? INT4_PAIRS.stored : 'vec4<u32>',
    functions: [...(int4 ? INT4_PAIRS.functions : []), ...rows.functions, ...matrices.functions, deliver],
    order: {
      ...byRows(spec, { outputs: tile.outputs, strips, depth: stepWords, steps }),
      ...(int4 && { compress: INT4_PAIRS.compress }),
    },
    blocks: (strips * tile.outputs) / 4,
    body,
    workgroups: workgroups(Math.ceil(rows.count / tile.rows) * threads, strips, threads),
  })
}

/** Words of x as wide as loads may be, or one word if a pixel is not a multiple of that. */
function pieceOf({ inputs }: ConvSpec | GemmSpec, bytes: number): Piece {
  const word = 4 * bytes
  const whole = (extentOf(inputs[0]).c4 * word) % LOAD_BYTES === 0
  const types = { 4: 'u32', 8: 'vec2<u32>', 16: 'vec4<u32>' } as const
  return {
    words: whole ? ((LOAD_BYTES / word) as Piece['words']) : 1,
    storage: types[(whole ? LOAD_BYTES : word) as keyof typeof types],
  }
}

/** Puts a piece at its column in the row of `left` that begins at `row`. A piece is this share of a load. */
function keepPiece(row: string, piece: string, share: number): string {
  if (share === 1) return `left[${row} + column] = ${piece};`
  const at = `left[${row} + column / ${1 / share}u]`
  if (share === 1 / 4) return `${at}[column % 4u] = ${piece};`
  return `${at}[column % 2u * 2u] = ${piece}.x;\n${at}[column % 2u * 2u + 1u] = ${piece}.y;`
}

/** The sum of the bytes of a piece of int8. */
function totalOf({ element }: Weighted, { words }: Piece, piece: string): string {
  const parts = words === 1 ? [piece] : ['x', 'y', 'z', 'w'].map((lane) => `${piece}.${lane}`)
  return `dot(${parts.map((part) => `${element.decode}(${part})`).join(' + ')}, vec4<i32>(1))`
}

function threadsOf({ tile, lanes }: MatrixPlan): number {
  return tile.down * tile.across * lanes
}

function sharedBytes({ tile, config }: MatrixPlan, op: Weighted): number {
  const operands = (tile.rows + tile.outputs) * (STEP_BYTES + GAP_BYTES)
  const results = tile.down * tile.across * config.M * config.N * 4
  return operands + results + (op.corrected ? tile.rows * 4 : 0)
}

interface RowStrips {
  readonly outputs: number
  readonly strips: number
  /** Words of four inputs. */
  readonly depth: number
  readonly steps: number
}

/**
 * Weights ordered as [strip of outputs][step][output][tap and input of the step]. Places beyond the end of either are
 * 0.
 */
function byRows(
  { inputs: [x] }: ConvSpec | GemmSpec,
  { outputs, strips, depth, steps }: RowStrips,
): WeightOrder {
  const inputBlocks = extentOf(x).c4
  return {
    length: strips * steps * outputs * depth * 4,
    place: (m, i, tap) => {
      const word = tap * inputBlocks + (i >> 2)
      const step = Math.floor(m / outputs) * steps + Math.floor(word / depth)
      return ((step * outputs + (m % outputs)) * depth + (word % depth)) * 4 + (i & 3)
    },
  }
}
