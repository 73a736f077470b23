import type { ConvSpec, GemmSpec, TensorSpec } from '@octet/core'
import type { Target } from '../../wgsl/target.ts'
import { dense } from '../dense.ts'
import type { Variant } from '../op.ts'
import { broadcast, broadcastTiles, nameOfBroadcast } from './broadcast.ts'
import { gemv, isGemv } from './gemv.ts'
import { matrix, matrixPlans, nameOfMatrixPlan } from './matrix.ts'
import { nameOfTile, tiled, tilesFor } from './tiled.ts'

/** The variants of a Conv with one group or a Gemm, the most suitable for such adapters first. */
export function contract(spec: ConvSpec | GemmSpec, target: Target): readonly Variant[] {
  const direct = { name: 'direct', build: () => dense(spec, target) }
  const broadcasts = broadcastTiles(spec, target).map((tile) => ({
    name: nameOfBroadcast(tile),
    build: () => broadcast(spec, target, tile),
  }))
  const others = shared(spec, target)
  if (!target.software) return [...others, direct, ...broadcasts]
  // Workgroup memory is the most expensive part on CPU adapters: 2 to 8 times as slow as broadcasts where both were
  // measured.
  if (broadcasts.length === 0) return [direct, ...others]
  // For bytes, SwiftShader takes the same time with both, but compiles the direct kernel in a fraction of the time.
  const compiles = target.id === 'swiftshader' && spec.inputs[0].dtype === 'int8'
  return compiles ? [direct, ...broadcasts] : [...broadcasts, direct]
}

/** The strategies for GPUs, which share workgroup memory. They are correct on CPU adapters too, but not fast. */
function shared(spec: ConvSpec | GemmSpec, target: Target): readonly Variant[] {
  if (isGemv(spec)) return [{ name: 'gemv', build: () => gemv(spec, target) }]
  const matrices = matrixPlans(spec, target).map((plan) => ({
    name: nameOfMatrixPlan(plan),
    build: () => matrix(spec, target, plan),
  }))
  const tiles = tilesFor(spec, target).map((tile) => ({
    name: nameOfTile(tile),
    build: () => tiled(spec, target, tile),
  }))
  return [...matrices, ...tiles]
}

/** Representative specs of all contractions: with and without windows, correction and 4-bit weights. */
export function sampleSpecs(dtype: 'float32' | 'float16' | 'int8'): readonly (ConvSpec | GemmSpec)[] {
  const of = (...shape: number[]): TensorSpec => ({ dtype, shape })
  const plain = { weightZeroPoints: false }
  const traits =
    dtype === 'int8' ? [plain, { weightZeroPoints: true }, { ...plain, weightBits: 4 as const }] : [plain]
  return traits.flatMap((weights): (ConvSpec | GemmSpec)[] => [
    { op: 'Gemm', inputs: [of(256, 64)], output: of(256, 256), ...weights },
    {
      op: 'Conv',
      inputs: [of(1, 20, 16, 16)],
      output: of(1, 256, 16, 16),
      kernel: [3, 3],
      strides: [1, 1],
      pads: [1, 1, 1, 1],
      dilations: [1, 1],
      group: 1,
      ...weights,
    },
  ])
}
