import { tensor, type Tensor } from '../../tensor/tensor.ts'
import { WHOLE } from '../case.ts'
import { storeInteger } from '../compute/values.ts'
import type { Draw, Grids } from '../record.ts'
import { expectConstants, type Constants, type Rescaling, type SpecOf } from '../spec.ts'
import { joiningTables } from '../table.ts'
import type { Fixed, IntPair } from './fixed.ts'

/** An op on two tensors in integers. */
export interface IntegerPair {
  constants(grids: Grids): Constants
  /** Computes from pairs of elements, given by their positions in `a` and in `b`. */
  compute(
    spec: SpecOf<string> & Rescaling,
    constants: Constants,
    inputs: readonly Tensor[],
    places: readonly Uint32Array[],
    output: Tensor,
  ): void
  instance(draw: Draw): Constants
}

type F = (a: number, b: number) => number

/**
 * A function of the real values of both integers, with each product rounded to float32. `sign` is the sign of b's
 * scale: a difference equals the sum with the negative, to the bit.
 */
export function byScales(kind: IntPair['kind'], f: F, fixed: Fixed, sign: 1 | -1 = 1): IntegerPair {
  return {
    constants: ({ inputs, output, clamp }) => {
      const [a, b] = inputs.map(({ scale, zeroPoint }) => ({ scale: scale[0], zeroPoint: zeroPoint[0] }))
      const inverseScale = Math.fround(1 / output.scale[0])
      const outputZeroPoint = output.zeroPoint[0]
      return { kind, a, b: { ...b, scale: sign * b.scale }, inverseScale, outputZeroPoint, clamp }
    },
    compute: (spec, constants, [a, b], [inA, inB], output) => {
      const c = expectConstants(spec, constants, kind)
      if (spec.fixedPoint !== undefined)
        return fixed(c, gathered(a, inA), gathered(b, inB), output, spec.fixedPoint)
      const values = new Float64Array(output.data.length)
      for (let i = 0; i < values.length; i++)
        values[i] = f(
          Math.fround((a.data[inA[i]] - c.a.zeroPoint) * c.a.scale),
          Math.fround((b.data[inB[i]] - c.b.zeroPoint) * c.b.scale),
        )
      storeInteger(output, values, {
        multiplier: c.inverseScale,
        zeroPoint: c.outputZeroPoint,
        clamp: c.clamp,
      })
    },
    instance: ({ zeroPoints: [a, b] }) => ({
      kind,
      a: { scale: Math.fround(0.02), zeroPoint: a },
      b: { scale: sign * Math.fround(0.03), zeroPoint: b },
      inverseScale: 20,
      outputZeroPoint: 5,
      clamp: WHOLE,
    }),
  }
}

/** Selects one of two integers by `f`, after bringing both to the output's grid. A grid keeps the order of values. */
export function byTables(f: F): IntegerPair {
  return {
    constants: ({ inputs, output, clamp: [lo, hi] }) => ({
      kind: 'int-select',
      tables: joiningTables(inputs, output).map((q) => Math.min(Math.max(q, lo), hi)),
    }),
    compute: (spec, constants, [a, b], [inA, inB], output) => {
      const { tables } = expectConstants(spec, constants, 'int-select')
      for (let i = 0; i < inA.length; i++)
        output.data[i] = f(tables[a.data[inA[i]] + 128], tables[256 + b.data[inB[i]] + 128])
    },
    instance: ({ tables }) => ({ kind: 'int-select', tables: tables(2) }),
  }
}

/** The elements of `x` at these positions. */
function gathered(x: Tensor, places: Uint32Array): Tensor<'int8'> {
  return tensor(
    'int8',
    [places.length],
    Int8Array.from(places, (place) => x.data[place]),
  )
}
