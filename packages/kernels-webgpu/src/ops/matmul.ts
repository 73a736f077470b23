import type { MatMulSpec, TensorSpec } from '@octet/core'
import { outputStage } from '../wgsl/output.ts'
import { workgroups, type Shader, type Workgroups } from '../wgsl/shader.ts'
import { subgroupSize, type Target } from '../wgsl/target.ts'
import { summation } from './contract/summation.ts'
import { range } from './contract/walk.ts'
import { elementOf, extentOf, kernel, type Kernel } from './kernel.ts'
import type { Op, Variant } from './op.ts'
import { part, reduced } from './point.ts'

/** The product of two activations. The variants that are probably fastest come first. */
export const matMul: Op<'MatMul'> = {
  build,
  rank: 2,
  point({ spec, constants, inputs }, at) {
    const [, columns] = spec.output.shape
    const [, depth] = spec.inputs[0].shape
    const a = part(inputs[0], [1, depth], Math.floor(at / columns) * depth)
    const b = part(inputs[1], [depth, 1], at % columns, columns)
    return reduced(spec, [1, 1], [a, b], constants)
  },
}

function build(spec: MatMulSpec, target: Target): readonly Variant[] {
  const direct: Variant = { name: 'direct', build: () => finish(spec, target, directly(spec, target)) }
  const size = subgroupSize(target)
  if (size === undefined || size > target.limits.invocations) return [direct]
  const rows = spec.output.shape[0]
  const heights = [2 * size, size].filter((height) => height < rows + size && height <= MOST_ROWS)
  const broadcasts = (heights.length > 0 ? heights : [Math.min(rows, MOST_ROWS)]).map((height) => ({
    name: `broadcast inputs ${height}x${4 * size}`,
    build: () => finish(spec, target, broadcast(spec, target, size, height)),
  }))
  return [...broadcasts, direct]
}

/** The most rows whose sums a lane keeps. */
const MOST_ROWS = 32

/** The part of a MatMul that belongs to one strategy. */
interface Loop extends Pick<Shader, 'about' | 'body' | 'enables' | 'threads'> {
  readonly title: string
  readonly workgroups: Workgroups
}

/** WGSL that turns a stored word into four values minus their zero point, in float32 or int32. */
function movedBy(spec: MatMulSpec, target: Target, index: 0 | 1): (stored: string) => string {
  const { decode } = elementOf(spec.inputs[index], target)
  if (spec.inputs[index].dtype !== 'int8') return (stored) => `${decode}(${stored})`
  return (stored) => `(${decode}(${stored}) - scalars.${index === 0 ? 'a' : 'b'}ZeroPoint)`
}

/** WGSL that stores the sums of a block. */
function store(spec: MatMulSpec, at: string, sums: string, block: string): string {
  const result = spec.inputs[0].dtype === 'int8' ? `vec4<f32>(${sums}) * scalars.multiplier` : sums
  return `y[${at}] = emit(${result}, ${block});`
}

function directly(spec: MatMulSpec, target: Target): Loop {
  const { words } = extentOf(spec.output)
  const { value } = elementOf(spec.inputs[0], target)
  const [left, right] = [movedBy(spec, target, 0), movedBy(spec, target, 1)]
  return {
    title: 'direct',
    about: [
      'Layout: rows in blocks of 4 columns.',
      'Tile: 1 row x 4 columns a thread, lanes along columns, then rows.',
      'Traffic a thread: 2 words loaded for 4 MACs, 1 stored.',
    ],
    body: `
if (thread >= scalars.words) { return; }
let row = thread / scalars.yBlocks;
let block = thread % scalars.yBlocks;
var sum = ${value}();
for (var k = 0u; k < scalars.depth; k++) {
  let left = ${left('a[row * scalars.steps + k / 4u]')}[k % 4u];
  let right = ${right('b[k * scalars.yBlocks + block]')};
  sum += left * right;
}
${store(spec, 'thread', 'sum', 'block')}`,
    workgroups: workgroups(words),
  }
}

/** The number of products of int8 minus their zero points that float32 sums exactly: 2^24 / 2^16. */
const EXACT = 256

/** Like the contraction with weights, but b is read in its own layout: an entry is a row of four columns. */
function broadcast(spec: MatMulSpec, target: Target, size: number, height: number): Loop {
  const [, depth] = spec.inputs[0].shape
  const [rows] = spec.output.shape
  const { c4 } = extentOf(spec.output)
  const integer = spec.inputs[0].dtype === 'int8'
  const [left, right] = [movedBy(spec, target, 0), movedBy(spec, target, 1)]
  const sets = range(Math.ceil(height / size))
  const scale = integer ? '1.0' : undefined
  const sums = range(height).map((r) => ({ name: `sum${r}`, width: 4 as const, scale }))
  const step = [
    ...sets.map((s) => `let a${s} = vec4<f32>(${left(`a[start${s} + at]`)});`),
    ...range(4).map((k) => {
      const row = `b[min(at * 4u + ${k}u, scalars.depth - 1u) * scalars.yBlocks + block]`
      return `let b${k} = select(vec4<f32>(), vec4<f32>(${right(row)}), at * 4u + ${k}u < scalars.depth);`
    }),
    ...sums.flatMap(({ name }, r) =>
      range(4).map(
        (k) => `${name} += subgroupBroadcast(a${Math.floor(r / size)}[${k}], ${r % size}u) * b${k};`,
      ),
    ),
  ].join('\n')
  const sumUp = summation(sums, step, { products: depth, perStep: 4, exact: EXACT })
  return {
    title: `broadcast inputs ${height}x${4 * size}`,
    about: [
      'Layout: rows in blocks of 4 columns.',
      `Tile: ${height} rows x ${4 * size} columns a subgroup of ${size}, lanes along columns.`,
      `Traffic a step of 4: ${sets.length} words of a + 4 of b a ` +
        `lane for ${16 * height} MACs, a broadcast by subgroupBroadcast.`,
    ],
    enables: ['subgroups'],
    threads: size,
    body: [
      `let first = group * ${height}u;`,
      `let column = layer * ${size}u + lane;`,
      'let block = min(column, scalars.yBlocks - 1u);',
      ...sets.map(
        (s) => `let start${s} = min(first + ${s * size}u + lane, scalars.rows - 1u) * scalars.steps;`,
      ),
      sumUp.declare,
      sumUp.loop,
      ...sums.map(({ name }, r) => {
        const at = `(first + ${r}u) * scalars.yBlocks + block`
        const inside = `first + ${r}u < scalars.rows && column < scalars.yBlocks`
        return `if (${inside}) { ${store(spec, at, sumUp.result(name), 'block')} }`
      }),
    ].join('\n'),
    workgroups: workgroups(Math.ceil(rows / height) * size, Math.ceil(c4 / size), size),
  }
}

function finish(spec: MatMulSpec, target: Target, { title, ...loop }: Loop): Kernel {
  const [a, b] = spec.inputs as [TensorSpec, TensorSpec]
  const { c, c4, words } = extentOf(spec.output)
  const output = outputStage(spec.output.dtype, elementOf(spec.output, target))
  const shared = {
    ...loop,
    title: `MatMul ${a.dtype} -> ${spec.output.dtype}, ${title}`,
    inputs: { a: elementOf(a, target), b: elementOf(b, target) },
    output: output.element,
    tables: [],
    functions: output.functions,
    sizes: {
      channels: c,
      words,
      rows: spec.output.shape[0],
      depth: a.shape[1],
      steps: extentOf(a).c4,
      yBlocks: c4,
    },
  }
  if (a.dtype !== 'int8')
    return kernel<'clamp'>(spec, {
      ...shared,
      kind: 'clamp',
      scalars: output.scalars,
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  return kernel<'int-matmul'>(spec, {
    ...shared,
    kind: 'int-matmul',
    scalars: { ...output.scalars, aZeroPoint: 'i32', bZeroPoint: 'i32', multiplier: 'f32' },
    pack: ({ clamp, outputZeroPoint, multiplier, aZeroPoint, bZeroPoint }) => ({
      scalars: { ...output.values(clamp, outputZeroPoint), aZeroPoint, bZeroPoint, multiplier },
    }),
  })
}
