import type { DeviceTensor, KernelDevice, Step } from '../kernel/contract.ts'
import { openReference } from '../reference/device.ts'
import { now } from '../statistics/clock.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { asFloat32 } from './as-float32.ts'
import { Carried } from './carried.ts'
import { compiles, loadCompiled } from './compiled.ts'
import type { Execution, Span } from './execution.ts'
import { activationBytes, allocatePlace, type Place } from './place.ts'
import { tensorsOf, weightBytesOf, writtenTo, type Program, type Samples } from './program.ts'

/** Consecutive steps on one device. They are submitted together. */
interface Segment {
  readonly place: Place
  /** Tensors that lie on the other device. They are copied over first. */
  readonly fetched: readonly number[]
  /** The index of the segment's first step in the program. */
  readonly first: number
  readonly steps: readonly Step[]
}

/** The parts of segments within a span. The first step of a segment also fetches its data. */
function within(segments: readonly Segment[], { from, to }: Span): Segment[] {
  return segments.flatMap((segment) => {
    const { first, fetched } = segment
    const steps = segment.steps.slice(Math.max(0, from - first), Math.max(0, to - first))
    return steps.length === 0 ? [] : { ...segment, fetched: from <= first ? fetched : [], steps }
  })
}

/**
 * Prepares a program on a device, as a whole if the device can do that. Constants are uploaded once, and a run is one
 * upload, one submission and one readback.
 */
export async function load(program: Program, device: KernelDevice): Promise<Execution> {
  const bySteps = (): Promise<Execution> => loadSteps(program, device)
  return compiles(program, device) ? loadCompiled(program, device, bySteps) : bySteps()
}

/**
 * Prepares a program step by step. Constants are uploaded once, and activations get storage by liveness. Steps that the
 * device declines run on the reference, with a copy at each border. Without such steps, a run is one upload, one
 * submission and one readback.
 */
async function loadSteps(program: Program, device: KernelDevice): Promise<Execution> {
  const begin = now()
  const supported = program.steps.map(({ spec }) => device.supports(spec) === true)
  const main = allocatePlace(program, device, supported)
  const fallback = allocatePlace(
    program,
    openReference(),
    supported.map((here) => !here),
  )
  const { segments, home, constantBytes, variants } = await prepare(program, (i) =>
    supported[i] ? main : fallback,
  )
  const carried = new Carried()
  for (const { device: held, tensors } of [main, fallback])
    for (const [index, value] of program.fixed)
      if (tensors.has(index)) await held.write(tensors.get(index)!, value)

  const { written, output, left } = endsOf(program, home)
  const upload = async (x: Samples): Promise<void> => {
    const given = [...tensorsOf(x), ...carried.next(program)]
    for (let i = 0; i < written.length; i++) await written[i].device.write(written[i].held, given[i])
  }
  const submit = async (parts: readonly Segment[] = segments): Promise<void> => {
    for (const { place, fetched, steps } of parts) {
      for (const index of fetched) {
        const from = home.get(index)!
        await place.device.write(place.tensors.get(index)!, await from.device.read(from.tensors.get(index)!))
      }
      await place.device.submit(steps)
    }
  }
  const compute = async (parts: readonly Segment[] = segments): Promise<void> => {
    await submit(parts)
    for (const place of new Set(parts.map((part) => part.place))) await place.device.finish()
  }
  const readback = async (): Promise<Tensor<'float32'>> => {
    const answer = await readFloats(output)
    const states: Tensor<'float32'>[] = []
    for (const state of left) states.push(await readFloats(state))
    carried.keep(states)
    return answer
  }

  const prepareNs = now() - begin
  const activations = activationBytes(program)
  await upload(program.inputs.map((index) => tensor('float32', program.tensors[index].shape)))
  const firstDispatchNs = await elapsed(() => compute())

  return {
    program,
    fallbackOps: program.steps.filter((_, i) => !supported[i]).map(({ name }) => name),
    dispatches: program.steps.length,
    variants,
    memory: {
      weightBytes: weightBytesOf(program),
      residentWeightBytes: constantBytes(main) + constantBytes(fallback),
      activationPeakBytes: activations.peak,
      arenaBytes: activations.arena,
      deviceBytes: constantBytes(main) + main.owners.reduce((sum, { capacity }) => sum + capacity, 0),
    },
    prepareNs,
    firstDispatchNs,
    run: async (x) => {
      await upload(x)
      await submit()
      return readback()
    },
    stages: async (x) => {
      const start = now()
      await upload(x)
      const uploaded = now()
      await compute()
      const computed = now()
      const answer = await readback()
      const readbackNs = now() - computed
      return { uploadNs: uploaded - start, computeNs: computed - uploaded, readbackNs, output: answer }
    },
    time: async (repeats, span) => {
      const parts = span === undefined ? segments : within(segments, span)
      if (segments.length === 1) return segments[0].place.device.time(parts[0].steps, repeats)
      const ns: number[] = []
      for (let i = 0; i < repeats; i++) ns.push(await elapsed(() => compute(parts)))
      return { clock: 'wall', ns }
    },
    reset: () => carried.reset(),
    dispose: async () => {
      for (const { place, steps } of segments) for (const { op } of steps) place.device.release(op)
      for (const held of main.owners) main.device.free(held)
    },
  }
}

/** A tensor on its device. */
interface Located {
  readonly device: KernelDevice
  readonly held: DeviceTensor
}

/** The two ends of a run: the tensors that are written before it, its output, and the state that it leaves. */
function endsOf(
  program: Program,
  home: ReadonlyMap<number, Place>,
): { readonly written: readonly Located[]; readonly output: Located; readonly left: readonly Located[] } {
  const located = (index: number): Located => {
    const { device, tensors } = home.get(index)!
    return { device, held: tensors.get(index)! }
  }
  return {
    written: writtenTo(program).map(located),
    output: located(program.output),
    left: program.states.map((state) => located(state.output)),
  }
}

async function readFloats({ device, held }: Located): Promise<Tensor<'float32'>> {
  return asFloat32(await device.read(held))
}

interface Prepared extends Pick<Execution, 'variants'> {
  readonly segments: readonly Segment[]
  readonly home: ReadonlyMap<number, Place>
  readonly constantBytes: (place: Place) => number
}

/** Prepares every op, cuts the steps into segments, and records where each tensor is made. */
async function prepare(program: Program, placeOf: (step: number) => Place): Promise<Prepared> {
  const segments: { place: Place; fetched: number[]; first: number; steps: Step[] }[] = []
  const home = new Map(writtenTo(program).map((index) => [index, placeOf(0)]))
  const bytes = new Map<Place, number>()
  const variants: Record<string, string> = {}
  for (const [i, { name, spec, constants, inputs, output }] of program.steps.entries()) {
    const place = placeOf(i)
    if (segments.at(-1)?.place !== place) segments.push({ place, fetched: [], first: i, steps: [] })
    const { fetched, steps } = segments.at(-1)!
    const elsewhere = (index: number): boolean => !program.fixed.has(index) && home.get(index) !== place
    fetched.push(...inputs.filter((index) => elsewhere(index) && !fetched.includes(index)))
    const op = await place.device.prepare(spec, constants)
    const choices = place.device.variants?.(spec) ?? []
    if (choices.length > 1 && op.variant !== undefined) variants[name] = op.variant
    bytes.set(place, (bytes.get(place) ?? 0) + op.constantBytes)
    const held = (index: number): Step['output'] => place.tensors.get(index)!
    steps.push({ op, inputs: inputs.map(held), output: held(output) })
    home.set(output, place)
  }
  return { segments, home, constantBytes: (place) => bytes.get(place) ?? 0, variants }
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const begin = now()
  await run()
  return now() - begin
}
