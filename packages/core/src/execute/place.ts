import type { DeviceTensor, KernelDevice } from '../kernel/contract.ts'
import { bytesOf } from '../ops/work.ts'
import type { TensorSpec } from '../ops/spec.ts'
import { planArena } from './arena.ts'
import { peakOf, planStorage, type Lifetime } from './plan.ts'
import { readFrom, writtenTo, type Program } from './program.ts'

/** A device with the program's tensors that its steps make or read. */
export interface Place {
  readonly device: KernelDevice
  /** The tensors, by their index in `Program.tensors`. */
  readonly tensors: ReadonlyMap<number, DeviceTensor>
  /** The tensors that own storage. Every other tensor reuses the storage of an owner. */
  readonly owners: readonly DeviceTensor[]
}

/**
 * Allocates on a device every tensor that its steps make or read. Tensors share storage by liveness, and a view lies in
 * the storage of its source. `runsHere[i]` tells whether step i runs on the device.
 */
export function allocatePlace(program: Program, device: KernelDevice, runsHere: readonly boolean[]): Place {
  const views = viewsOf(program, device, runsHere)
  const lives = withViews(lifetimes(program, runsHere), views)
  const indices = [...lives.keys()]
  const specOf = (index: number): (typeof program.tensors)[number] => program.tensors[index]
  const padded = indices.map((index): Lifetime => ({
    ...lives.get(index)!,
    bytes: device.byteLength(specOf(index)),
  }))
  const specs = indices.map(specOf)
  const { made, owners } = device.arena ? sideBySide(device, specs, padded) : inTurn(device, specs, padded)
  const tensors = new Map(indices.map((index, position) => [index, made[position]]))
  for (const [view, source] of views) tensors.set(view, device.alloc(specOf(view), tensors.get(source)))
  return { device, tensors, owners }
}

/** For each tensor that is a view on this device: the tensor that owns its bytes. */
function viewsOf(
  { steps }: Program,
  device: KernelDevice,
  runsHere: readonly boolean[],
): ReadonlyMap<number, number> {
  const views = new Map<number, number>()
  for (const [i, { spec, inputs, output }] of steps.entries())
    if (runsHere[i] && device.views?.(spec) === true) views.set(output, views.get(inputs[0]) ?? inputs[0])
  return views
}

/** The stays of all tensors except views. Storage stays as long as any view of it. */
function withViews(
  lives: ReadonlyMap<number, Stay>,
  views: ReadonlyMap<number, number>,
): ReadonlyMap<number, Stay> {
  const all = new Map(lives)
  for (const [view, source] of views) {
    const [one, other] = [all.get(view)!, all.get(source)!]
    all.set(source, { first: Math.min(one.first, other.first), last: Math.max(one.last, other.last) })
    all.delete(view)
  }
  return all
}

/** The memory of a program's activations, unpadded, all in one memory. */
export interface ActivationBytes {
  /** The most bytes that are alive at once. */
  readonly peak: number
  /** The size of a block that holds all activations at separate offsets. */
  readonly arena: number
}

/** The memory of a program's activations, wherever its steps run: the memory that a board lays out. */
export function activationBytes(program: Program): ActivationBytes {
  const everywhere = program.steps.map(() => true)
  const activations = [...lifetimes(program, everywhere)].flatMap(([index, { first, last }]): Lifetime[] =>
    program.fixed.has(index) ? [] : [{ first, last, bytes: bytesOf(program.tensors[index]) }],
  )
  return { peak: peakOf(activations), arena: planArena(activations, FLOAT_BYTES).bytes }
}

/** Offsets of unpadded activations are multiples of 4 bytes, so that a float32 can begin at each. */
const FLOAT_BYTES = 4

type Stay = Pick<Lifetime, 'first' | 'last'>

/** Tensors of a program, and the tensors that own their storage (some of them, or others). */
interface Allocated {
  readonly made: readonly DeviceTensor[]
  readonly owners: readonly DeviceTensor[]
}

/** Places all tensors in one block, on a device that supports it. */
function sideBySide(
  device: KernelDevice,
  specs: readonly TensorSpec[],
  lives: readonly Lifetime[],
): Allocated {
  const { alignment, place } = device.arena!
  const { offsets, bytes } = planArena(lives, alignment)
  if (bytes === 0) return { made: [], owners: [] }
  const block = device.alloc({ dtype: 'int8', shape: [bytes] })
  return { made: specs.map((spec, i) => place(spec, block, offsets[i])), owners: [block] }
}

/** Gives each tensor its own storage, or the storage of a tensor that is dead by then. */
function inTurn(device: KernelDevice, specs: readonly TensorSpec[], lives: readonly Lifetime[]): Allocated {
  const reuses = planStorage(lives)
  const made: DeviceTensor[] = []
  made.length = specs.length
  const owners: DeviceTensor[] = []
  // Owners come first: a tensor can take over only storage that exists.
  for (const owning of [true, false])
    for (const [i, spec] of specs.entries()) {
      const owner = reuses[i]
      if (owner < 0 !== owning) continue
      made[i] = device.alloc(spec, owner < 0 ? undefined : made[owner])
      if (owning) owners.push(made[i])
    }
  return { made, owners }
}

/**
 * The stay of each tensor: from the step that makes it, or the copy that brings it to this device, to the last step
 * that reads it on any device. Fixed tensors that are read here stay for the whole run.
 */
function lifetimes(program: Program, runsHere: readonly boolean[]): Map<number, Stay> {
  const lives = new Map<number, Stay>()
  const bornAt = new Map(writtenTo(program).map((index) => [index, -1]))
  const bornHere = new Set(runsHere[0] ? writtenTo(program) : [])
  let segmentStart = 0
  for (const [i, { inputs, output }] of program.steps.entries()) {
    if (i > 0 && runsHere[i] && !runsHere[i - 1]) segmentStart = i
    for (const index of inputs) {
      const life = lives.get(index)
      if (program.fixed.has(index)) {
        if (runsHere[i]) lives.set(index, { first: -1, last: program.steps.length })
      } else if (life !== undefined) lives.set(index, { ...life, last: i })
      // Tensors from another device are copied before the first of the consecutive steps on this device.
      else if (runsHere[i])
        lives.set(index, { first: bornHere.has(index) ? bornAt.get(index)! : segmentStart, last: i })
    }
    bornAt.set(output, i)
    if (!runsHere[i]) continue
    bornHere.add(output)
    lives.set(output, { first: i, last: i })
  }
  for (const index of readFrom(program)) {
    const life = lives.get(index)
    if (life !== undefined) lives.set(index, { ...life, last: program.steps.length })
  }
  return lives
}
