import { rint, scaling, type QParams } from '../numerics/index.ts'

/**
 * A function from one per-tensor int8 grid to another, as a table: entry q + 128 is `clamp(rint(fl32(fl32(f(fl32((q -
 * z_x) * s_x))) * fl32(1 / s_y))) + z_y)`, or divides by s_y if that grid divides. It is exact on every device, because
 * a device only looks entries up.
 */
export function tableOf(f: (x: number) => number, x: QParams, y: QParams): Int8Array {
  const onto = scaling(y)
  return Int8Array.from({ length: 256 }, (_, entry) => {
    const real = Math.fround((entry - 128 - x.zeroPoint[0]) * x.scale[0])
    const q = rint(onto(Math.fround(f(real)))) + y.zeroPoint[0]
    return Math.min(Math.max(q, y.qmin), y.qmax)
  })
}

/** Concatenated tables from several grids to one grid: `int-concat`. */
export function joiningTables(inputs: readonly QParams[], y: QParams): Int8Array {
  const tables = new Int8Array(256 * inputs.length)
  for (const [index, x] of inputs.entries())
    tables.set(
      tableOf((value) => value, x, y),
      256 * index,
    )
  return tables
}
