import type { Constants } from '../../src/ops/spec.ts'
import type { ConformanceCase } from '../../src/conformance/index.ts'
import { rint } from '../../src/numerics/index.ts'

const { fround } = Math

/** Where a float32 that lies between two neighbours goes. */
export type Direction = 'nearest' | 'zero' | 'away' | 'up' | 'down'

const scratch = new Float32Array(1)
const bits = new Int32Array(scratch.buffer)

/** The next float32 further from zero, or nearer to it. */
function step(x: number, further: boolean): number {
  scratch[0] = x
  bits[0] += further ? 1 : -1
  return scratch[0]
}

/** A double as float32, rounded in a direction. */
export function round(exact: number, direction: Direction): number {
  const near = fround(exact)
  if (near === exact || direction === 'nearest') return near
  const outward =
    direction === 'away' || (direction === 'up' && exact > 0) || (direction === 'down' && exact < 0)
  const tooFar = Math.abs(near) > Math.abs(exact)
  return outward === tooFar ? near : step(near, outward)
}

/** a * b + c rounded once. @throws where a double does not hold it exactly. */
export function fma(a: number, b: number, c: number): number {
  const product = a * b
  const sum = product + c
  const part = sum - product
  if (product - (sum - part) + (c - part) !== 0) throw new Error(`${a} * ${b} + ${c} is no double`)
  return fround(sum)
}

/**
 * The float32 operations that INT8 ops are made of, one function each, so that one of them can be done in another
 * way.
 */
export interface Arithmetic {
  /** An int32 as float32. */
  readonly convert: (integer: number) => number
  /** Real values of the operands: integers less their zero point, times the scale. */
  readonly real: (q: number, scale: number) => number
  readonly sum: (a: number, b: number) => number
  readonly inner: (a: number, b: number) => number
  /** The last product before rounding: by the inverse scale, or by the multiplier. */
  readonly scaled: (x: number, by: number) => number
  readonly add: (qa: number, sa: number, qb: number, sb: number, inverse: number) => number
  readonly mul: (a: number, b: number, inverse: number) => number
  readonly normalize: (x: number, offset: number, scale: number) => number
  readonly normalizeQuantize: (x: number, offset: number, scale: number, inverse: number) => number
  /** The nearest integer. */
  readonly integer: (x: number) => number
}

export function arithmetic(changed: (honest: Arithmetic) => Partial<Arithmetic> = () => ({})): Arithmetic {
  const it: Arithmetic = {
    convert: fround,
    real: (q, scale) => fround(q * scale),
    sum: (a, b) => fround(a + b),
    inner: (a, b) => fround(a * b),
    scaled: (x, by) => fround(x * by),
    add: (qa, sa, qb, sb, inverse) => it.scaled(it.sum(it.real(qa, sa), it.real(qb, sb)), inverse),
    mul: (a, b, inverse) => it.scaled(it.inner(a, b), inverse),
    normalize: (x, offset, scale) => it.inner(it.sum(x, -offset), scale),
    normalizeQuantize: (x, offset, scale, inverse) => it.scaled(it.normalize(x, offset, scale), inverse),
    integer: rint,
  }
  return Object.assign(it, changed({ ...it }))
}

/**
 * A case's results by an arithmetic; undefined where they come from halves, or from sums other than those of zeros
 * and of whole windows.
 */
export function emulate(one: ConformanceCase, by: Arithmetic): readonly number[] | undefined {
  const values = valuesOf(one, by)
  if (values === undefined || one.constants.kind === 'dequantize') return values
  const { zeroPoint, clamp } = gridOf(one.constants)
  return values.map((value) => Math.min(clamp[1], Math.max(clamp[0], by.integer(value) + zeroPoint)))
}

function gridOf(constants: Constants): { zeroPoint: number; clamp: readonly [number, number] } {
  if (!('clamp' in constants)) throw new Error(`${constants.kind} has no grid`)
  const zeroPoint =
    'zeroPoint' in constants
      ? constants.zeroPoint
      : 'outputZeroPoint' in constants
        ? constants.outputZeroPoint
        : 0
  return { zeroPoint, clamp: constants.clamp }
}

/** What is rounded to integers. */
function valuesOf({ spec, constants: c, inputs }: ConformanceCase, by: Arithmetic): number[] | undefined {
  const [a, b] = inputs.map(({ data }) => Array.from(data))
  const channel = (i: number): number => {
    const [, channels, ...rest] = spec.output.shape
    return Math.floor(i / rest.reduce((x, y) => x * y, 1)) % channels
  }
  switch (c.kind) {
    case 'int-add':
      return a.map((q, i) =>
        by.add(q - c.a.zeroPoint, c.a.scale, b[i] - c.b.zeroPoint, c.b.scale, c.inverseScale),
      )
    case 'int-mul':
      return a.map((q, i) =>
        by.mul(
          by.real(q - c.a.zeroPoint, c.a.scale),
          by.real(b[Math.floor((i * b.length) / a.length)] - c.b.zeroPoint, c.b.scale),
          c.inverseScale,
        ),
      )
    case 'dequantize':
      return a.map((q) => by.scaled(by.convert(q - c.zeroPoint), c.scale))
    case 'quantize':
      return spec.inputs[0].dtype === 'float32' ? a.map((x) => by.scaled(x, c.inverseScale)) : undefined
    case 'normalize-quantize':
      return a.map((x, i) => {
        const [offset, scale] = [c.offset, c.scale].map((v) => v[v.length === 1 ? 0 : channel(i)])
        return by.normalizeQuantize(x, offset, scale, c.inverseScale)
      })
    case 'int-matmul': {
      const [k, n] = spec.inputs[1].shape
      return Array.from({ length: (a.length / k) * n }, (_, i) => {
        const [row, column] = [Math.floor(i / n), i % n]
        let sum = 0
        for (let j = 0; j < k; j++)
          sum += (a[row * k + j] - c.aZeroPoint) * (b[j * n + column] - c.bZeroPoint)
        return by.scaled(by.convert(sum), c.multiplier)
      })
    }
    case 'int-weights': {
      if (a.some((q) => q !== c.inputZeroPoint)) return undefined
      const count = spec.output.shape.reduce((x, y) => x * y, 1)
      return Array.from({ length: count }, (_, i) =>
        by.scaled(by.convert(c.bias[channel(i)]), c.multiplier[channel(i)]),
      )
    }
    case 'int-average': {
      if (spec.op !== 'AveragePool' || spec.output.shape[2] * spec.output.shape[3] !== 1) return undefined
      const size = spec.inputs[0].shape[2] * spec.inputs[0].shape[3]
      return Array.from({ length: a.length / size }, (_, i) => {
        let sum = -size * c.inputZeroPoint
        for (let j = 0; j < size; j++) sum += a[i * size + j]
        return by.scaled(by.convert(sum), c.multipliers[size])
      })
    }
    default:
      return undefined
  }
}
