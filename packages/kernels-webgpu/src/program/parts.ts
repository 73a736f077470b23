import { macsOf, type Constants, type OpSpec, type StepList } from '@octet/core'
import { extentOf, type Kernel } from '../ops/kernel.ts'
import { isAsLarge } from './access.ts'

/** A step with the kernels that it can run by. */
export interface Option {
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly number[]
  readonly output: number
  /** The kernel for a place in a chain; left out where none suits. */
  readonly link: Kernel | undefined
}

/** Consecutive steps, from `from` to before `to`, that one dispatch computes. */
export interface Part {
  readonly from: number
  readonly to: number
  /** By one kernel, by a chain in one workgroup, or by a chain in workgroups of so many pixels each. */
  readonly by: 'kernel' | 'one workgroup' | { readonly pixels: number }
  /** The first step is computed where the second one reads it, and is not stored. */
  readonly inlines?: true
}

/** How steps are joined: each in a dispatch of its own, those that gain by it together, or all in one workgroup. */
export type Compilation = 'joined' | 'list' | 'whole'

/** What a workgroup of the tail may have to do: that is a few microseconds where a dispatch costs tens. */
const TAIL_MACS = 2 ** 16
const TAIL_ELEMENTS = 2 ** 15
/** Multiply-adds of a program below which one workgroup may be as fast as a list of dispatches. */
const WHOLE_MACS = 64e6
/** Pixels that a workgroup of a chain makes at least. */
const TILE_PIXELS = 16
/** Words that a step has at most that is computed again by each who reads it. */
const INLINED_WORDS = 2 ** 12
/** Workgroups below which a chain would leave a device idle. */
const FEWEST_GROUPS = 2

/** Whether a program is so little work that one workgroup may be as fast as a list of dispatches. */
export function isForOneWorkgroup({ steps }: Pick<StepList, 'steps'>): boolean {
  return steps.reduce((sum, { spec }) => sum + macsOf(spec), 0) <= WHOLE_MACS
}

/** The parts of a program by a compilation. */
export function partsOf(options: readonly Option[], compilation: Compilation): readonly Part[] {
  if (compilation === 'whole') return [{ from: 0, to: options.length, by: 'one workgroup' }]
  if (compilation === 'list') return alone(0, options.length)
  const tail = tailOf(options)
  const parts: Part[] = []
  for (let from = 0; from < tail;) {
    const part = chainFrom(options, from, tail)
    const next =
      inlinable(options, from) && from + 1 < tail ? chainFrom(options, from + 1, tail, 1) : undefined
    const made = next === undefined || next.by === 'kernel' ? part : { ...next, from, inlines: true as const }
    parts.push(made)
    from = made.to
  }
  if (tail < options.length)
    parts.push({ from: tail, to: options.length, by: options.length - tail > 1 ? 'one workgroup' : 'kernel' })
  return parts
}

/** Each step by a kernel of its own. */
export function alone(from: number, to: number): readonly Part[] {
  return Array.from({ length: to - from }, (_, i) => ({ from: from + i, to: from + i + 1, by: 'kernel' }))
}

/** Where the last steps begin that together are little work. */
function tailOf(options: readonly Option[]): number {
  let macs = 0
  let elements = 0
  let from = options.length
  while (from > 0) {
    const { spec, link } = options[from - 1]
    macs += macsOf(spec)
    for (const tensor of [...spec.inputs, spec.output]) elements += 4 * extentOf(tensor).words
    if (link === undefined || macs > TAIL_MACS || elements > TAIL_ELEMENTS) break
    from--
  }
  return from
}

/**
 * The longest chain that begins at a step: all make as many pixels, and each reads, of what the chain makes, the
 * pixels of its own number.
 */
function chainFrom(options: readonly Option[], from: number, end: number, fewest = 2): Part {
  const rows = rowsOf(options[from])
  const made = new Set<number>()
  let [to, unit] = [from, 1]
  for (; to < end; to++) {
    const { link, inputs, output } = options[to]
    const span = link?.source.span
    if (link === undefined || span === undefined || rowsOf(options[to]) !== rows) break
    if (inputs.some((index) => made.has(index)) && link.source.local !== true) break
    const next = leastCommonMultiple(unit, span.pixels)
    if (rows / next <= FEWEST_GROUPS - 1) break
    unit = next
    made.add(output)
  }
  // Steps that read nothing of each other gain no locality, only a start less.
  if (to - from < fewest) return { from, to: from + 1, by: 'kernel' }
  const pixels = unit * Math.ceil(Math.min(TILE_PIXELS, rows / FEWEST_GROUPS) / unit)
  return { from, to, by: { pixels } }
}

/** Whether a step is small, on each word by itself, and read by the next one alone. */
function inlinable(options: readonly Option[], from: number): boolean {
  const [{ spec, output, link }, next] = options.slice(from, from + 2)
  const readers = options.filter(({ inputs }) => inputs.includes(output))
  if (spec.op !== 'Normalize' || extentOf(spec.output).words > INLINED_WORDS) return false
  if (link?.source.byWord === undefined || readers.length !== 1 || readers[0] !== next) return false
  const storages = Object.values(next.link?.source.inputs ?? {}).map(({ storage }) => storage)
  return isAsLarge(storages[next.inputs.indexOf(output)] ?? '', link.source.byWord.output.storage)
}

function rowsOf({ spec: { output } }: Option): number {
  const { n, p } = extentOf(output)
  return n * p
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return (a / x) * b
}
