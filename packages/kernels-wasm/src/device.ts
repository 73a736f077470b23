import {
  allocate,
  type Constants,
  type DeviceInfo,
  type DeviceTensor,
  elements,
  type KernelDevice,
  OctetError,
  type OpSpec,
  type PreparedOp,
  sameShape,
  type Step,
  type Tensor,
  type TensorSpec,
  type Timing,
} from '@octet/core'
import { now } from '@octet/core/statistics'
import { ALIGNMENT, type Heap } from './memory/heap.ts'
import { bytesOf, collect, layOut } from './memory/layout.ts'
import { PackedWeights } from './memory/packed.ts'
import { Shelf } from './memory/shelf.ts'
import { HeapTensor } from './memory/tensor.ts'
import type { Team } from './open/team.ts'
import type { Plan, RelaxedDot } from './ops/op.ts'
import { obstacle, planOp, variantsOf } from './ops/plan.ts'
import { isView } from './ops/reshape.ts'
import { ProgramChoices } from './threads/choice.ts'
import { type CallWords, Run } from './threads/run.ts'

interface PlannedOp extends PreparedOp {
  readonly plan: Plan
  readonly shelf: Shelf
}

/** A list of steps, ready to run. */
interface Submission {
  /** The steps of the submission. The caller's list may have other steps by now. */
  readonly steps: readonly Step[]
  /** Runs the steps once. Returns how many of their runs are still trials of one thread and of all threads. */
  readonly turn: () => number
}

/** The parts of a device. */
export interface Parts {
  readonly info: DeviceInfo
  readonly heap: Heap
  readonly team: Team
  /** Numbers of the kernels by name. */
  readonly index: ReadonlyMap<string, number>
  readonly relaxed?: RelaxedDot
}

/**
 * Kernels in WebAssembly memory. Tensors, constants and working memory are blocks of one heap. A submission is complete
 * when it returns.
 */
export class WasmDevice implements KernelDevice {
  readonly info: DeviceInfo
  readonly #heap: Heap
  readonly #team: Team
  readonly #index: ReadonlyMap<string, number>
  readonly #relaxed: RelaxedDot | undefined
  readonly #packed: PackedWeights
  readonly #choices = new ProgramChoices()
  readonly #submissions = new WeakMap<readonly Step[], Submission>()
  #scratch = { address: 0, bytesEach: 0 }

  constructor({ info, heap, team, index, relaxed }: Parts) {
    this.info = info
    this.#heap = heap
    this.#packed = new PackedWeights(heap)
    this.#team = team
    this.#index = index
    this.#relaxed = relaxed
  }

  supports(spec: OpSpec): true | { readonly reason: string } {
    const reason = obstacle(spec)
    return reason === undefined ? true : { reason }
  }

  variants(spec: OpSpec): readonly string[] {
    return variantsOf(spec, this.#relaxed)
  }

  readonly views: NonNullable<KernelDevice['views']> = isView

  byteLength(spec: TensorSpec): number {
    return bytesOf(spec)
  }

  alloc(spec: TensorSpec, reuse?: DeviceTensor): DeviceTensor {
    const bytes = bytesOf(spec)
    if (reuse !== undefined && reuse.capacity < bytes)
      throw new OctetError(
        `a tensor of ${bytes} bytes does not fit into the ${reuse.capacity} bytes that it is to reuse`,
      )
    if (reuse !== undefined) return new HeapTensor(spec, reuse.capacity, (reuse as HeapTensor).address)
    return new HeapTensor(spec, bytes, this.#heap.allocate(bytes))
  }

  readonly arena: NonNullable<KernelDevice['arena']> = {
    alignment: ALIGNMENT,
    place: (spec, storage, offset) => {
      const capacity = bytesOf(spec)
      if (offset % ALIGNMENT !== 0 || offset + capacity > storage.capacity)
        throw new OctetError(
          `a tensor of ${capacity} bytes does not fit into ${storage.capacity} bytes from byte ${offset} on`,
        )
      return new HeapTensor(spec, capacity, (storage as HeapTensor).address + offset)
    },
  }

  async write(target: DeviceTensor, data: Tensor): Promise<void> {
    const { spec } = target
    if (data.dtype !== spec.dtype || !sameShape(data.shape, spec.shape))
      throw new OctetError(
        `a ${spec.dtype} [${spec.shape.join(', ')}] tensor was written with ${data.dtype} [${data.shape.join(', ')}]`,
      )
    const held = target as HeapTensor
    layOut<Float32Array>(
      held.layout,
      data.data as Float32Array,
      held.elements(this.#heap.memory) as Float32Array,
    )
  }

  async read(source: DeviceTensor): Promise<Tensor> {
    const { dtype, shape } = source.spec
    const data = allocate(dtype, elements(shape))
    const held = source as HeapTensor
    collect<Float32Array>(held.layout, held.elements(this.#heap.memory) as Float32Array, data as Float32Array)
    return { dtype, shape, data }
  }

  async prepare(spec: OpSpec, constants: Constants, variant?: string): Promise<PreparedOp> {
    const reason = obstacle(spec)
    if (reason !== undefined) throw new OctetError(`${spec.op}: ${reason}`)
    const known = variantsOf(spec, this.#relaxed)
    if (variant !== undefined && !known.includes(variant))
      throw new OctetError(
        `${spec.op} has no variant "${variant}" here`,
        `the known values are ${known.join(', ') || 'none'}`,
      )
    const shelf = new Shelf(this.#heap, this.#packed)
    try {
      const plan = planOp(spec, constants, {
        shelf,
        threads: this.#team.size,
        ...(this.#relaxed && { relaxed: this.#relaxed }),
        ...(variant !== undefined && { variant }),
      })
      this.#reserveScratch(plan.scratchBytes)
      const made: PlannedOp = {
        spec,
        constantBytes: shelf.bytes,
        plan,
        shelf,
        ...(plan.variant !== undefined && { variant: plan.variant }),
      }
      return made
    } catch (error) {
      shelf.free()
      throw error
    }
  }

  async submit(steps: readonly Step[]): Promise<void> {
    this.#turnOf(steps)()
  }

  async finish(): Promise<void> {}

  async time(steps: readonly Step[], repeats: number): Promise<Timing> {
    const turn = this.#turnOf(steps)
    while (turn() > 0);
    const ns: number[] = []
    for (let i = 0; i < repeats; i++) {
      const begin = now()
      turn()
      ns.push(now() - begin)
    }
    return { clock: 'wall', ns }
  }

  free(tensor: DeviceTensor): void {
    this.#heap.free((tensor as HeapTensor).address)
  }

  release(op: PreparedOp): void {
    ;(op as PlannedOp).shelf.free()
  }

  async dispose(): Promise<void> {
    await this.#team.dispose()
  }

  /** If a list was submitted before and has not changed, its submission is used again. */
  #turnOf(steps: readonly Step[]): () => number {
    const known = this.#submissions.get(steps)
    if (known !== undefined && isSame(known.steps, steps)) return known.turn
    const turn = this.#newTurn(steps)
    this.#submissions.set(steps, { steps: [...steps], turn })
    return turn
  }

  #newTurn(steps: readonly Step[]): () => number {
    const [first] = steps
    if (first === undefined) return () => 0
    const run = this.#runOf(steps)
    const { choice, isWhole } = this.#choices.of(first.op, steps.length, () => this.#team.isFasterAlone(run))
    return () => {
      if (!isWhole || choice.trialsLeft === 0) {
        this.#team.run(run, choice.alone)
        return 0
      }
      const begin = now()
      this.#team.run(run, choice.alone)
      choice.note(now() - begin)
      return choice.trialsLeft
    }
  }

  #runOf(steps: readonly Step[]): Run {
    const calls: CallWords[] = []
    let cycles = 0
    for (const { op, inputs, output } of steps) {
      const addresses = inputs.map((input) => (input as HeapTensor).address)
      const { address: y } = output as HeapTensor
      const { plan } = op as PlannedOp
      // The output already holds its result.
      if (plan.isView === true && addresses[0] === y) continue
      for (const call of plan.calls) {
        const address = (input: number): number => addresses[Math.min(input, addresses.length - 1)]
        calls.push([
          this.#index.get(call.kernel)!,
          call.tiles,
          this.#team.shareOf(call),
          call.constants,
          call.y ?? y,
          address(call.a),
          address(call.b),
          address(call.c ?? 0),
        ])
        cycles += call.cycles
      }
    }
    return new Run(calls, cycles)
  }

  /** Working memory grows to the size that the largest op needs. */
  #reserveScratch(bytes: number): void {
    if (bytes <= this.#scratch.bytesEach) return
    this.#heap.free(this.#scratch.address)
    const bytesEach = Math.ceil(bytes / 64) * 64 + 64
    this.#scratch = { address: this.#heap.allocate(bytesEach * this.#team.size), bytesEach }
    this.#team.setScratch(this.#scratch.address, bytesEach)
  }
}

function isSame(before: readonly Step[], steps: readonly Step[]): boolean {
  if (before.length !== steps.length) return false
  for (let i = 0; i < steps.length; i++) if (before[i] !== steps[i]) return false
  return true
}
