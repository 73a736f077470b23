import type { ConvSpec, GemmSpec } from '@octet/core'
import { indent, workgroups } from '../../wgsl/shader.ts'
import type { Target } from '../../wgsl/target.ts'
import { extentOf, type Kernel } from '../kernel.ts'
import { weighted } from '../weighted.ts'
import { microkernelOf } from './microkernel.ts'
import { byStrips } from './strips.ts'
import { rowsOf } from './rows.ts'
import { range } from './walk.ts'

/** Threads that share the depth of one block of outputs. */
const THREADS = 64
/** The rows whose sums one workgroup keeps, so that it reads the weights once for all of them. */
const ROWS = 4

/** Whether there are so few rows that reading the weights dominates. */
export function isGemv(spec: ConvSpec | GemmSpec): boolean {
  const { n, p } = extentOf(spec.output)
  return n * p <= 4 * ROWS
}

/**
 * Gemv, and Conv or Gemm with few rows. A workgroup computes one block of outputs. Its threads share the depth and add
 * up their sums in workgroup memory.
 */
export function gemv(spec: ConvSpec | GemmSpec, target: Target): Kernel {
  const op = weighted(spec, target)
  const microkernel = microkernelOf(spec, op, target)
  const { left, right, entries, sum } = microkernel
  const rows = rowsOf(spec, op)
  const { c4 } = extentOf(spec.output)
  const each = range(Math.min(ROWS, rows.count))
  const sums = [
    ...each.map((r) => ({ name: `sum${r}`, type: sum as string })),
    ...(op.corrected ? each.map((r) => ({ name: `total${r}`, type: 'i32' })) : []),
  ]

  const step = [
    rows.locate('at'),
    ...range(entries).map((e) => {
      const tile = `((group * scalars.columns + at) * ${entries}u + ${e}u)`
      return `let w${e} = ${right.of(`weights[${tile}]`)};`
    }),
    ...each.map((r) => `let x${r} = ${left.of(rows.piece(`${r}`))};`),
    ...each.map((r) => microkernel.accumulate(`sum${r}`, `x${r}`, (e) => `w${e}`)),
    ...(op.corrected ? each.map((r) => `total${r} += ${microkernel.total(`x${r}`)};`) : []),
  ].join('\n')
  const correction = (r: number) =>
    op.corrected ? ` - shared_total${r}[0] * channels[group].weightZeroPoint` : ''
  const body = `
if (group >= scalars.outputBlocks) { return; }
let first = layer * ${each.length}u;
${each.map((r) => rows.place(`min(first + ${r}u, scalars.rows - 1u)`, `${r}`)).join('\n')}
${sums.map(({ name, type }) => `var ${name} = ${type}();`).join('\n')}
for (var at = local; at < scalars.columns; at += ${THREADS}u) {
${indent(step, 2)}
}
${sums.map(({ name }) => `shared_${name}[local] = ${name};`).join('\n')}
for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
  workgroupBarrier();
  if (local < half) {
    ${sums.map(({ name }) => `shared_${name}[local] += shared_${name}[local + half];`).join('\n    ')}
  }
}
if (local != 0u) { return; }
${each
  .map((r) => {
    const settled = `settle(shared_sum${r}[0]${correction(r)}, group)`
    return (
      `if (first + ${r}u < scalars.rows) { y[(first + ${r}u) * ` +
      `scalars.outputBlocks + group] = emit(${settled}, group); }`
    )
  })
  .join('\n')}`

  const layout = { blocks: 1, strips: c4, depth: rows.columns, steps: 1 }
  return op.finish({
    variant: `gemv, ${rows.title}, ${microkernel.title}`,
    about: [
      'Layout: NHWC in blocks of 4 channels; weights as [block of outputs][word of x].',
      `Tile: ${each.length} pixels x 4 output channels a workgroup of ${THREADS}, threads along the depth.`,
      'Traffic: weights once for every such pixels, x once for every block of outputs.',
    ],
    sizes: rows.sizes,
    threads: THREADS,
    shared: sums.map(({ name, type }) => ({ name: `shared_${name}`, type: `array<${type}, ${THREADS}>` })),
    weights: right.stored,
    functions: [...microkernel.functions, ...rows.functions],
    order: byStrips(spec, microkernel, layout),
    blocks: c4,
    body,
    workgroups: workgroups(c4 * THREADS, Math.ceil(rows.count / each.length), THREADS),
  })
}
