import type { CompiledProgram } from '../kernel/compiled.ts'
import type { KernelDevice } from '../kernel/contract.ts'
import { now } from '../statistics/clock.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { asFloat32 } from './as-float32.ts'
import { Carried } from './carried.ts'
import type { Execution } from './execution.ts'
import { activationBytes } from './place.ts'
import { listOf, tensorsOf, weightBytesOf, writtenTo, type Program, type Samples } from './program.ts'

/** Whether a device prepares a program as a whole: it can, and it lacks none of the ops. */
export function compiles({ steps }: Program, device: KernelDevice): boolean {
  return device.compile !== undefined && steps.every(({ spec }) => device.supports(spec) === true)
}

/**
 * Prepares a program as a whole. A run is one upload, one submission and one readback. `bySteps` prepares it step by
 * step, which happens when a span that is no prefix is timed first.
 */
export async function loadCompiled(
  program: Program,
  device: KernelDevice,
  bySteps: () => Promise<Execution>,
): Promise<Execution> {
  const list = listOf(program)
  const begin = now()
  const compiled = await device.compile!(list)
  const prepareNs = now() - begin
  const carried = new Carried()
  let last: Samples = program.inputs.map((index) => tensor('float32', program.tensors[index].shape))
  let apart: Execution | undefined

  const upload = async (x: Samples): Promise<void> => {
    last = x
    const given = [...tensorsOf(x), ...carried.next(program)]
    for (const [i, index] of writtenTo(program).entries()) await compiled.write(index, given[i])
  }
  const compute = async (): Promise<void> => {
    await compiled.submit()
    await device.finish()
  }
  const readback = async (): Promise<Tensor<'float32'>> => {
    const output = asFloat32(await compiled.read(program.output))
    const left: Tensor<'float32'>[] = []
    for (const state of program.states) left.push(asFloat32(await compiled.read(state.output)))
    carried.keep(left)
    return output
  }

  await upload(last)
  const first = now()
  await compute()
  const firstDispatchNs = now() - first
  const activations = activationBytes(program)

  return {
    program,
    fallbackOps: [],
    dispatches: compiled.parts.length,
    variants: variantsOf(program, device, compiled),
    memory: {
      weightBytes: weightBytesOf(program),
      residentWeightBytes: compiled.constantBytes,
      activationPeakBytes: activations.peak,
      arenaBytes: activations.arena,
      deviceBytes: compiled.constantBytes + compiled.activationBytes,
    },
    prepareNs,
    firstDispatchNs,
    run: async (x) => {
      await upload(x)
      await compiled.submit()
      return readback()
    },
    stages: async (x) => {
      const start = now()
      await upload(x)
      const uploaded = now()
      await compute()
      const computed = now()
      const output = await readback()
      return {
        uploadNs: uploaded - start,
        computeNs: computed - uploaded,
        readbackNs: now() - computed,
        output,
      }
    },
    time: async (repeats, span) => {
      if (span === undefined) return compiled.time(repeats)
      if (span.from === 0) return compiled.time(repeats, span.to)
      if (apart === undefined) {
        apart = await bySteps()
        await apart.run(last)
      }
      return apart.time(repeats, span)
    },
    reset: () => carried.reset(),
    dispose: async () => {
      await apart?.dispose()
      compiled.release()
    },
  }
}

/** By name of a step: how it is computed, where there is more than one way or it is joined with others. */
function variantsOf(
  { steps }: Program,
  device: KernelDevice,
  { parts }: CompiledProgram,
): Record<string, string> {
  const variants: Record<string, string> = {}
  let first = 0
  for (const part of parts) {
    for (const { name, spec } of steps.slice(first, first + part.steps))
      if (part.steps > 1 || (device.variants?.(spec) ?? []).length > 1) variants[name] = part.variant
    first += part.steps
  }
  return variants
}
