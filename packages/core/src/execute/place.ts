import type { DeviceTensor, KernelDevice } from '../kernel/contract.ts'
import { bytesOf } from '../ops/work.ts'
import { planStorage, type Lifetime } from './plan.ts'
import { readFrom, writtenTo, type Program } from './program.ts'

/** A device with the program's tensors that are made or read on it. */
export interface Place {
  readonly device: KernelDevice
  /** By index in `Program.tensors`. */
  readonly tensors: ReadonlyMap<number, DeviceTensor>
  /** The tensors that own storage; the others took theirs over. */
  readonly owners: readonly DeviceTensor[]
  /** The most unpadded bytes of activations alive here at once. */
  readonly peakBytes: number
}

/**
 * Allocates on a device every tensor that the steps running there make or read, storage shared by liveness.
 * `runsHere[i]` tells whether step i does.
 */
export function allocatePlace(program: Program, device: KernelDevice, runsHere: readonly boolean[]): Place {
  const lives = lifetimes(program, runsHere)
  const indices = [...lives.keys()]
  const specOf = (index: number): (typeof program.tensors)[number] => program.tensors[index]
  const padded = indices.map((index): Lifetime => ({
    ...lives.get(index)!,
    bytes: device.byteLength(specOf(index)),
  }))
  const plain = indices
    .filter((index) => !program.fixed.has(index))
    .map((index): Lifetime => {
      const { first, last } = lives.get(index)!
      return { first, last, bytes: bytesOf(specOf(index)) }
    })
  const { reuses } = planStorage(padded)
  const made = new Map<number, DeviceTensor>()
  const owners: DeviceTensor[] = []
  // Owners first: a tensor may take storage over only from one that exists.
  for (const owning of [true, false])
    for (const [position, index] of indices.entries()) {
      const owner = reuses[position]
      if (owner < 0 !== owning) continue
      const held = device.alloc(specOf(index), owner < 0 ? undefined : made.get(indices[owner]))
      made.set(index, held)
      if (owning) owners.push(held)
    }
  return { device, tensors: made, owners, peakBytes: planStorage(plain).peakBytes }
}

/**
 * From the step that makes a tensor, or the copy that brings it here, to the last that reads it, wherever that runs.
 * What is fixed stays for good, wherever it is read.
 */
function lifetimes(
  program: Program,
  runsHere: readonly boolean[],
): Map<number, { first: number; last: number }> {
  const lives = new Map<number, { first: number; last: number }>()
  const bornAt = new Map(writtenTo(program).map((index) => [index, -1]))
  const bornHere = new Set(runsHere[0] ? writtenTo(program) : [])
  let segmentStart = 0
  for (const [i, { inputs, output }] of program.steps.entries()) {
    if (i > 0 && runsHere[i] && !runsHere[i - 1]) segmentStart = i
    for (const index of inputs) {
      const life = lives.get(index)
      if (program.fixed.has(index)) {
        if (runsHere[i]) lives.set(index, { first: -1, last: program.steps.length })
      } else if (life !== undefined) life.last = i
      // What comes from elsewhere is copied before the first of the consecutive steps here.
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
    if (life !== undefined) life.last = program.steps.length
  }
  return lives
}
