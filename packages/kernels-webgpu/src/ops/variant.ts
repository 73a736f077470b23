import type { Kernel } from './kernel.ts'

/** One way to compute an op. All ways of one op yield the same integers, and floats within the same bounds. */
export interface Variant {
  /** Strategy and tile, short and stable: names are kept in caches and shown in reports. */
  readonly name: string
  build(): Kernel
}
