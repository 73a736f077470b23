import type { Layout } from '../memory/layout.ts'

/** The words of `Move` in assembly/move.ts, in order. */
export function moveWords(x: Layout, y: Layout): number[] {
  return [x.channels, x.positions, x.stored, y.channels, y.positions, y.stored]
}

/** Suffix of a kernel's name by the bytes of an element. */
export const SUFFIX: Readonly<Record<number, string>> = { 1: 'Bytes', 2: 'Halves', 4: 'Words' }
