import type { Clamp } from '../ops/spec.ts'
import { groupsOf } from '../model/weights.ts'
import { multiply } from '../ops/compute/product.ts'
import type { Random } from '../statistics/random.ts'
import { gatherPatches, positionsOf } from './patches.ts'
import type { Site } from './refine.ts'

/** The most output positions that are sampled, and the most values that are kept for them. */
const MOST_ROWS = 2048
const MOST_VALUES = 4 * 2 ** 20
/** The number of positions for one gradient: fewer for a layer with many weights, to limit the products of a step. */
const BLOCK: readonly [least: number, most: number] = [32, 128]
const PRODUCTS = 2_500_000

/** The inputs of one group over one block of positions, as rows and as columns, in the order of the weights. */
interface Block {
  readonly rows: Float64Array
  readonly columns: Float64Array
}

/**
 * The distance of a layer's output from FP32's over sampled output positions, as a function of its weights: the mean
 * over positions of `Σ_m (clamp(W x + b) - clamp(Ŵ x̂ + b̂))²`, with the bounds of the fused activation.
 */
export class Reconstruction {
  /** The inputs by block, then by group. */
  readonly #blocks: readonly (readonly Block[])[]
  /** The outputs of FP32, [positions, M], by block. */
  readonly #targets: readonly Float64Array[]
  readonly #bias: Float64Array
  readonly #clamp: Clamp
  readonly #size: { readonly p: number; readonly m: number; readonly k: number }
  readonly #outputs: Float64Array
  readonly #turned: Float64Array

  constructor({ layer, spec, float, quantized, x, quantizedX, input }: Site, random: Random) {
    const outputs = float.bias.length
    const groups = groupsOf(layer)
    const inner = float.weight.data.length / outputs
    const total = positionsOf(spec)
    const wanted = Math.min(MOST_ROWS, Math.floor(MOST_VALUES / (inner * groups)), total)
    const affordable = Math.floor(PRODUCTS / float.weight.data.length)
    const block = Math.min(Math.max(affordable, BLOCK[0]), BLOCK[1])
    const p = Math.max(1, Math.min(block, wanted))
    this.#size = { p, m: outputs / groups, k: inner }
    this.#clamp = layer.clamp
    const { scale } = quantized.qparams
    this.#bias = Float64Array.from(
      quantized.bias,
      (b, m) => b * input.scale[0] * scale[scale.length === 1 ? 0 : m],
    )
    this.#outputs = new Float64Array(p * outputs)
    this.#turned = new Float64Array(p * this.#size.m)

    const order = Int32Array.from({ length: total }, (_, i) => i)
    random.shuffle(order)
    const starts = Array.from({ length: Math.max(1, Math.floor(wanted / p)) }, (_, i) => i * p)
    const weight = Float64Array.from(float.weight.data)
    this.#targets = starts.map((start) => {
      const positions = order.subarray(start, start + p)
      const rows = Array.from({ length: groups }, (_, g) => gatherPatches(spec, x, g, positions))
      this.#forward(rows, weight, Float64Array.from(float.bias))
      return this.#outputs.map((y) => this.#held(y))
    })
    this.#blocks = starts.map((start) =>
      Array.from({ length: groups }, (_, g) => {
        const rows = gatherPatches(spec, quantizedX, g, order.subarray(start, start + p))
        return { rows, columns: transposed(rows, p, inner) }
      }),
    )
  }

  /** The loss over all sampled positions. `weights` are in real units, [M, ...]. */
  loss(weights: Float64Array): number {
    let sum = 0
    for (const [b, block] of this.#blocks.entries()) {
      this.#forward(
        block.map(({ rows }) => rows),
        weights,
        this.#bias,
      )
      const targets = this.#targets[b]
      for (let i = 0; i < targets.length; i++) sum += (this.#held(this.#outputs[i]) - targets[i]) ** 2
    }
    return sum / (this.#blocks.length * this.#size.p)
  }

  /** Writes the loss's gradient by the weights over one block, whose number is `step` modulo the number of blocks. */
  gradient(weights: Float64Array, step: number, into: Float64Array): void {
    const { p, m, k } = this.#size
    const block = this.#blocks[step % this.#blocks.length]
    const targets = this.#targets[step % this.#blocks.length]
    const outputs = m * block.length
    this.#forward(
      block.map(({ rows }) => rows),
      weights,
      this.#bias,
    )
    for (const [g, { columns }] of block.entries()) {
      for (let row = 0; row < p; row++)
        for (let i = 0; i < m; i++) {
          const at = row * outputs + g * m + i
          const y = this.#outputs[at]
          const held = this.#held(y)
          this.#turned[i * p + row] = held === y ? (2 * (y - targets[at])) / p : 0
        }
      multiply(this.#turned, columns, { p: m, m: k, k: p }, into, { offset: g * m * k, row: k, weight: 1 })
    }
  }

  /** Computes W x + b of one block into `#outputs`, [positions, M]. */
  #forward(rows: readonly Float64Array[], weights: Float64Array, bias: Float64Array): void {
    const { m, k } = this.#size
    const outputs = m * rows.length
    for (const [g, x] of rows.entries())
      multiply(x, weights.subarray(g * m * k, (g + 1) * m * k), this.#size, this.#outputs, {
        offset: g * m,
        row: outputs,
        weight: 1,
      })
    for (let i = 0; i < this.#outputs.length; i++) this.#outputs[i] += bias[i % outputs]
  }

  #held(y: number): number {
    const [lo, hi] = this.#clamp
    return y < lo ? lo : y > hi ? hi : y
  }
}

function transposed(rows: Float64Array, p: number, k: number): Float64Array {
  const columns = new Float64Array(rows.length)
  for (let i = 0; i < p; i++) for (let j = 0; j < k; j++) columns[j * p + i] = rows[i * k + j]
  return columns
}
