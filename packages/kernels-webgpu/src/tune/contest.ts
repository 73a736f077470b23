import type { DeviceTensor, KernelDevice, OpSpec, PreparedOp, Step, Tensor, Tuned } from '@octet/core'
import { allocate, elements, fromFloat16, tensor } from '@octet/core'
import { difference, judge } from '@octet/core/conformance'
import { instancesOf, type Instance } from './instance.ts'
import { isBetter, isHopeless, verdictOf } from './verdict.ts'
import { workOf } from './work.ts'

/** A variant whose first dispatch takes longer is given up: a program has many ops, and each would wait so long once. */
const COMPILE_CAP_MS = 5000
/** Most multiply-accumulates of an op that is compared with the reference, which is plain TypeScript. */
const REFERENCE_WORK = 2 ** 20
/** Device time of one timed region: an op is repeated until it takes about this long. */
const REGION_NS = 3e6
const MOST_COPIES = 64
const ROUNDS = 9

/** What came of a contest; `complete` unless the deadline kept a variant out. */
export interface Outcome extends Omit<Tuned, 'source'> {
  readonly complete: boolean
}

/**
 * Finds the fastest right variant of an op. First every variant's whole output must be the default's, and the default's that of the
 * reference where the op is small. Then those that are right take turns, round by round; what counts is the median of their
 * paired ratios to the default, and only a gain beyond doubt and of 3% or more replaces it.
 *
 * @param names The default first, then in the order they are to be tried: cheap to compile first.
 * @param deadline `performance.now()` after which no further variant is compiled.
 * @throws What the device throws when it is lost, or when the default itself does not run.
 */
export async function contest(
  device: KernelDevice,
  spec: OpSpec,
  [fallback, ...others]: readonly string[],
  deadline: number,
): Promise<Outcome> {
  const stages: Stage[] = []
  const rejected: { variant: string; reason: string }[] = []
  const contenders: Contender[] = []
  try {
    for (const instance of instancesOf(spec)) stages.push(await setUp(device, instance))
    const wrong = await faultOfDefault(device, stages[0].instance, fallback)
    if (wrong !== undefined)
      return { spec, variant: fallback, rejected: [{ variant: fallback, reason: wrong }], complete: true }
    const expected: Tensor[] = []
    for (const stage of stages) expected.push((await run(device, stage, fallback)).output)
    contenders.push(await enter(device, stages[0], fallback))
    let complete = true
    for (const variant of others) {
      complete = performance.now() < deadline
      if (!complete) break
      const reason = await faultOf(device, stages, expected, variant)
      if (reason === undefined) contenders.push(await enter(device, stages[0], variant))
      else rejected.push({ variant, reason })
    }
    const { variant, ratio } = await race(device, contenders)
    return { spec, variant, ratio, rejected, complete }
  } finally {
    for (const { op } of contenders) device.release(op)
    for (const { inputs, output } of stages) for (const held of [...inputs, output]) device.free(held)
  }
}

/** An instance with its tensors on the device. */
interface Stage {
  readonly instance: Instance
  readonly inputs: readonly DeviceTensor[]
  readonly output: DeviceTensor
}

async function setUp(device: KernelDevice, instance: Instance): Promise<Stage> {
  const inputs: DeviceTensor[] = []
  for (const input of instance.inputs) {
    const held = device.alloc(input)
    inputs.push(held)
    await device.write(held, input)
  }
  return { instance, inputs, output: device.alloc(instance.spec.output) }
}

/** Runs a variant over storage that is full of something else. */
async function run(
  device: KernelDevice,
  { instance: { spec, constants }, inputs, output }: Stage,
  variant: string,
): Promise<{ output: Tensor; firstMs: number }> {
  const { dtype, shape } = spec.output
  const op = await device.prepare(spec, constants, variant)
  try {
    await device.write(output, tensor(dtype, shape, allocate(dtype, elements(shape)).fill(85)))
    const begin = performance.now()
    await device.submit([{ op, inputs, output }])
    await device.finish()
    const firstMs = performance.now() - begin
    return { output: await device.read(output), firstMs }
  } finally {
    device.release(op)
  }
}

/** What keeps the default from being the measure of all others. */
async function faultOfDefault(
  device: KernelDevice,
  instance: Instance,
  variant: string,
): Promise<string | undefined> {
  if (workOf(instance.spec) > REFERENCE_WORK) return undefined
  const { status, detail } = await judge(device, instance, variant)
  return status === 'passed' ? undefined : `it is not what the reference computes: ${detail ?? status}`
}

/** Why a variant is given up. @throws When that is the loss of the device. */
async function faultOf(
  device: KernelDevice,
  stages: readonly Stage[],
  expected: readonly Tensor[],
  variant: string,
): Promise<string | undefined> {
  try {
    for (const [i, stage] of stages.entries()) {
      const { output, firstMs } = await run(device, stage, variant)
      if (firstMs > COMPILE_CAP_MS)
        return `its first dispatch took ${(firstMs / 1000).toFixed(1)} s, past the cap of ${COMPILE_CAP_MS / 1000} s`
      const wrong = difference(output, expected[i], tolerances(stage.instance.spec, expected[i]))
      if (wrong !== undefined)
        return `its output is not the default's (${stage.instance.name} values): ${wrong}`
    }
    return undefined
  } catch (error) {
    await device.finish()
    return error instanceof Error ? error.message : String(error)
  }
}

/** Float ops whose result depends on the order of operations even on small whole numbers. */
const INEXACT: ReadonlySet<OpSpec['op']> = new Set([
  'Softmax',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'AveragePool',
])

/** How far each element may be from the default's: nothing, but for a few units in the last place where an op divides or takes exp. */
function tolerances({ op }: OpSpec, expected: Tensor): Float64Array {
  const bounds = new Float64Array(expected.data.length)
  if (expected.dtype === 'int8' || !INEXACT.has(op)) return bounds
  const half = expected.dtype === 'float16'
  const values = half ? fromFloat16((expected as Tensor<'float16'>).data) : expected.data
  for (let i = 0; i < bounds.length; i++) bounds[i] = 2 ** (half ? -9 : -18) * Math.abs(values[i]) + 2 ** -24
  return bounds
}

/** A variant in the race. */
interface Contender {
  readonly variant: string
  readonly op: PreparedOp
  readonly step: Step
  /** The default's time over its own, one a round. */
  readonly ratios: number[]
}

async function enter(
  device: KernelDevice,
  { instance: { spec, constants }, inputs, output }: Stage,
  variant: string,
): Promise<Contender> {
  const op = await device.prepare(spec, constants, variant)
  return { variant, op, step: { op, inputs, output }, ratios: [] }
}

/** The fastest contender, and by how much; the first, unless another is beyond doubt faster. */
async function race(
  device: KernelDevice,
  [fallback, ...others]: readonly Contender[],
): Promise<{ variant: string; ratio: number }> {
  const one = Math.min(...(await device.time([fallback.step], 3)).ns)
  const copies = Math.max(1, Math.min(MOST_COPIES, Math.ceil(REGION_NS / Math.max(one, 1))))
  const nsOf = async ({ step }: Contender): Promise<number> =>
    (
      await device.time(
        Array.from({ length: copies }, () => step),
        1,
      )
    ).ns[0]
  let running = others
  for (let round = 0; round < ROUNDS && running.length > 0; round++) {
    const times = new Map<Contender, number>()
    const turns = [fallback, ...running]
    for (let turn = 0; turn < turns.length; turn++) {
      const contender = turns[(round + turn) % turns.length]
      times.set(contender, await nsOf(contender))
    }
    for (const contender of running) contender.ratios.push(times.get(fallback)! / times.get(contender)!)
    running = running.filter(({ ratios }) => !isHopeless(ratios))
  }
  let best = { variant: fallback.variant, ratio: 1 }
  for (const { variant, ratios } of running) {
    const verdict = verdictOf(ratios)
    if (isBetter(verdict) && verdict.ratio > best.ratio) best = { variant, ratio: verdict.ratio }
  }
  return best
}
