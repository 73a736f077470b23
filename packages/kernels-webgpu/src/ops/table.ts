import type { Table } from '../wgsl/shader.ts'
import type { Packed } from './kernel.ts'

/** Functions between int8 grids as tables of 256 entries, one function after the other. */
export const TABLE: Table = { name: 'table', type: 'i32' }

/** `lookUp(v, f)`: function number `f` of the table, lane by lane. */
export const LOOK_UP = `
fn lookUp(v: vec4<i32>, f: u32) -> vec4<i32> {
  let entry = vec4<u32>(v + 128) + f * 256u;
  return vec4<i32>(table[entry.x], table[entry.y], table[entry.z], table[entry.w]);
}`

/** The table's buffer, with one word per entry, because WebGPU binds no smaller type. */
export function packEntries(entries: Int8Array): Packed {
  return Int32Array.from(entries)
}
