import type { Constants } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { matMulNumbers } from './constants.ts'
import { type Op, type Plan, single, type SpecOf, suffixOf } from './op.ts'
import type { Workshop } from './op.ts'
import { DEPTH, PANEL, planProduct, POINT } from './product.ts'

/** A single product, or several products. */
export const matMul: Op<'MatMul'> = {
  plan: (spec, constants, workshop) =>
    (spec.output.shape.length === 3 ? batched : panels)(spec, constants, workshop),
}

/** Output rows in a tile of `batched`: `ROWS` in assembly/ops/matmul-batched.ts. */
const ROWS = 4

/** The words have the order of `Batched` in assembly/ops/matmul-batched.ts. */
function batched(spec: SpecOf<'MatMul'>, constants: Constants, { shelf }: Workshop): Plan {
  const [count, m, k] = spec.inputs[0].shape
  const n = spec.output.shape[2]
  const suffix = suffixOf(spec.inputs[0].dtype)
  const { target, aZeroPoint, bZeroPoint, multiplier } = matMulNumbers(spec, constants)
  const tiles = Math.ceil(n / ROWS)
  const stored = [layoutOf(spec.output.shape).stored, layoutOf(spec.inputs[1].shape).stored]
  return single(
    shelf,
    { kernel: `batched${suffix}`, tiles: count * tiles, b: 1, cycles: (count * m * k * n) / 2 },
    [...target, m, k, n, ...stored, tiles, aZeroPoint, bZeroPoint, floatBits(multiplier)],
  )
}

/** The right side is first packed into panels. The rest is the same as a product with weights. */
function panels(spec: SpecOf<'MatMul'>, constants: Constants, workshop: Workshop): Plan {
  const { shelf } = workshop
  const [a, b] = spec.inputs.map(({ shape }) => layoutOf(shape))
  const y = layoutOf(spec.output.shape)
  const microkernel = suffixOf(spec.inputs[0].dtype)
  const depth = DEPTH[microkernel]
  // The unused room beside a's columns is unfolded too, and meets rows of 0.
  const k = Math.ceil(a.stored / depth) * depth
  const count = Math.ceil(y.stored / PANEL)
  const { target, aZeroPoint, bZeroPoint, multiplier } = matMulNumbers(spec, constants)
  const bytes = microkernel === 'Float' ? 4 : 2
  const weights = shelf.reserve(count * PANEL * k * bytes)
  const panelWords = [a.channels, k, y.channels, b.stored, bZeroPoint]
  const product = planProduct(
    {
      microkernel,
      weights,
      bias: shelf.put(new Int32Array(count * PANEL)),
      multiplier: shelf.put(new Float32Array(count * PANEL).fill(multiplier)),
      target,
      inputZeroPoint: aZeroPoint,
      rows: a.images,
      k,
      panels: count,
      groups: 1,
      columns: y.stored,
      steps: [a.stored, y.stored],
      channels: a.stored,
      rowsAre: k === a.stored ? 'neighbours' : 'pixels',
      image: [1, 1, 1, 1],
      window: POINT,
    },
    workshop,
    microkernel === 'Int8' ? 'int16 dot product' : 'float32 tiles',
  )
  const panel = {
    kernel: `panel${microkernel}`,
    tiles: count,
    constants: shelf.put(Int32Array.from(panelWords)),
    a: 1,
    b: 1,
    y: weights,
    cycles: k * count * PANEL * 2,
  }
  return { ...product, calls: [panel, ...product.calls] }
}
