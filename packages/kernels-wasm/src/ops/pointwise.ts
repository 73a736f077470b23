import {
  type ActivationSpec,
  type AddSpec,
  type ClipSpec,
  type Constants,
  type DequantizeLinearSpec,
  expectConstants,
  type MulSpec,
  type NormalizeSpec,
  type OpSpec,
  type QuantizeLinearSpec,
  sameShape,
  type SoftmaxSpec,
} from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { integerTarget, type Plan, single, suffixOf, type Workshop } from './call.ts'

/** Elements of a tile: whole vectors, and work enough for its own call. */
const PER_TILE = 2048

/** What `Pointwise` in assembly/pointwise.ts holds beside sizes; what an op has no use for is left out. */
interface Numbers {
  readonly target?: readonly [lo: number, hi: number, base: number]
  readonly scales?: readonly [a: number, b: number]
  readonly zeroPoints?: readonly [a: number, b: number]
  readonly inverseScale?: number
  readonly line?: readonly [alpha: number, beta: number]
  readonly table?: number
  readonly offsets?: number
  readonly period?: number
  /** Per tile, where a tile is an image or a row. */
  readonly channels?: number
  readonly positions?: number
  readonly perTile?: number
}

function wordsOf(count: number, numbers: Numbers): number[] {
  const [lo, hi, base] = numbers.target ?? [-Infinity, Infinity, 0]
  const [alpha, beta] = numbers.line ?? [0, 0]
  return [
    count,
    numbers.perTile ?? PER_TILE,
    floatBits(lo),
    floatBits(hi),
    base,
    ...(numbers.scales ?? [0, 0]).map(floatBits),
    ...(numbers.zeroPoints ?? [0, 0]),
    floatBits(numbers.inverseScale ?? 0),
    floatBits(alpha),
    floatBits(beta),
    numbers.table ?? 0,
    numbers.offsets ?? 0,
    numbers.period ?? 0,
    numbers.channels ?? 0,
    numbers.positions ?? 0,
  ]
}

/** A kernel over all of the output's storage, in tiles of `PER_TILE` elements. */
function flat(spec: OpSpec, kernel: string, numbers: Numbers, { shelf }: Workshop): Plan {
  const { count } = layoutOf(spec.output.shape)
  const tiles = Math.ceil(count / (numbers.perTile ?? PER_TILE))
  const cyclesEach = kernel.startsWith('sigmoid') ? 20 : 1
  return single(shelf, { kernel, tiles, cycles: count * cyclesEach, b: 1 }, wordsOf(count, numbers))
}

export function planPair(spec: AddSpec | MulSpec, constants: Constants, workshop: Workshop): Plan {
  const suffix = suffixOf(spec.inputs[0].dtype)
  const numbers = pairNumbers(spec, constants)
  if (spec.op === 'Add') return flat(spec, `add${suffix}`, numbers, workshop)
  const [a, b] = spec.inputs
  if (sameShape(a.shape, b.shape)) return flat(spec, `mul${suffix}`, numbers, workshop)
  const { images, stored: channels, positions, count } = layoutOf(a.shape)
  const words = wordsOf(count, { ...numbers, channels, positions })
  return single(workshop.shelf, { kernel: `scale${suffix}`, tiles: images, cycles: count, b: 1 }, words)
}

function pairNumbers(spec: AddSpec | MulSpec, constants: Constants): Numbers {
  if (spec.inputs[0].dtype !== 'int8')
    return { target: [...expectConstants(spec, constants, 'clamp').clamp, 0] }
  const c = expectConstants(spec, constants, spec.op === 'Add' ? 'int-add' : 'int-mul')
  return {
    target: integerTarget(c.clamp, c.outputZeroPoint),
    scales: [c.a.scale, c.b.scale],
    zeroPoints: [c.a.zeroPoint, c.b.zeroPoint],
    inverseScale: c.inverseScale,
  }
}

export function planClip(spec: ClipSpec, constants: Constants, workshop: Workshop): Plan {
  const { clamp } = expectConstants(spec, constants, 'clamp')
  return flat(spec, `clip${suffixOf(spec.inputs[0].dtype)}`, { target: [...clamp, 0] }, workshop)
}

export function planActivation(spec: ActivationSpec, constants: Constants, workshop: Workshop): Plan {
  const suffix = suffixOf(spec.inputs[0].dtype)
  if (suffix === 'Int8') {
    const { table } = expectConstants(spec, constants, 'int-table')
    return flat(spec, 'tableInt8', { table: workshop.shelf.put(table) }, workshop)
  }
  const kernel = `${spec.op[0].toLowerCase()}${spec.op.slice(1)}${suffix}`
  const numbers: Numbers = spec.op === 'HardSigmoid' ? { line: [spec.alpha, spec.beta] } : {}
  return flat(spec, kernel, numbers, workshop)
}

export function planQuantize(spec: QuantizeLinearSpec, constants: Constants, workshop: Workshop): Plan {
  const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
  const kernel = `quantize${suffixOf(spec.inputs[0].dtype)}`
  return flat(spec, kernel, { target: integerTarget(clamp, zeroPoint), inverseScale }, workshop)
}

export function planDequantize(spec: DequantizeLinearSpec, constants: Constants, workshop: Workshop): Plan {
  const { scale, zeroPoint } = expectConstants(spec, constants, 'dequantize')
  const kernel = `dequantize${suffixOf(spec.output.dtype)}`
  return flat(spec, kernel, { scales: [scale, 0], zeroPoints: [zeroPoint, 0] }, workshop)
}

/** Offsets and scales are laid out as the channels are, repeated to whole vectors; tiles are whole periods. */
export function planNormalize(spec: NormalizeSpec, constants: Constants, workshop: Workshop): Plan {
  const quantized =
    spec.output.dtype === 'int8' ? expectConstants(spec, constants, 'normalize-quantize') : undefined
  const { offset, scale } = quantized ?? expectConstants(spec, constants, 'normalize')
  const { channels, stored } = layoutOf(spec.output.shape)
  const uniform = offset.length === 1 && scale.length === 1
  const period = uniform ? 8 : stored % 8 === 0 ? stored : 8 * stored
  const laid = (values: Float32Array): number =>
    workshop.shelf.put(
      Float32Array.from({ length: period }, (_, i) =>
        values.length === 1 ? values[0] : i % stored < channels ? values[i % stored] : 0,
      ),
    )
  const numbers: Numbers = {
    ...(quantized && {
      target: integerTarget(quantized.clamp, quantized.zeroPoint),
      inverseScale: quantized.inverseScale,
    }),
    offsets: laid(offset),
    table: laid(scale),
    period,
    perTile: Math.ceil(PER_TILE / period) * period,
  }
  return flat(spec, `normalize${suffixOf(spec.output.dtype)}`, numbers, workshop)
}

export function planSoftmax(spec: SoftmaxSpec, workshop: Workshop): Plan {
  const { images, stored, channels, count } = layoutOf(spec.output.shape)
  const words = wordsOf(count, { channels: stored, positions: channels })
  const kernel = `softmax${suffixOf(spec.inputs[0].dtype)}`
  return single(workshop.shelf, { kernel, tiles: images, cycles: count * 40 }, words)
}
