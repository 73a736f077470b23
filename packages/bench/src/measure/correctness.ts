import {
  answerOf,
  tensor,
  type ExactKernels,
  isOnGrid,
  precisionOf,
  type Program,
  type Samples,
  type Tensor,
} from '@octet/core'
import { difference, inexactness } from '@octet/core/conformance'
import { renewableReference } from '../discover/devices.ts'
import type { RenewableDevice } from '../discover/renewable.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { byRule, type Candidate } from './evaluators.ts'
import { jobsOf, type OpenedDevice } from './jobs.ts'
import { toleranceOf } from './tolerance.ts'

/** The known faults of devices in one program. */
export interface Correctness {
  /** The faults by device name. Later faults are added. */
  readonly faults: Map<string, string>
  /**
   * The devices that may run the evaluation, best first, the reference last. Devices that failed the probe are
   * excluded.
   */
  readonly evaluators: readonly RenewableDevice<OpenedDevice>[]
}

/**
 * Runs one batch on every device and on the reference, or on exact kernels in its place, and compares all outputs.
 * Integers must be equal, and floats must be near the reference's.
 */
export async function tryDevices(
  whole: Program,
  batch: Samples,
  devices: readonly RenewableDevice<OpenedDevice>[],
  reporter: Reporter,
  exact?: ExactKernels,
): Promise<Correctness> {
  const reference = renewableReference(reporter, exact)
  const program = exactPart(whole)
  const answer = answerOf(program, batch, { exact })
  const expected = tensor('float32', program.tensors[program.output].shape, answer)
  const largest = answer.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const bounds = new Float64Array(expected.data.length).fill(toleranceOf(program) * largest)
  const faults = new Map<string, string>()
  const candidates: Candidate[] = []
  for (const device of devices) {
    if (device.name === reference.name) continue
    try {
      const { output, fallbackOps } = await device.use((open) => run(program, batch, open), 'it was tried')
      const wrong = difference(output, expected, bounds)
      const isEqual = difference(output, expected, new Float64Array(bounds.length)) === undefined
      if (wrong === undefined) {
        if (inexactness(device.device.info) === undefined)
          candidates.push({ device, exact: isEqual, whole: fallbackOps.length === 0 })
      } else faults.set(device.name, `outputs are not the reference's: ${wrong}`)
    } catch (error) {
      faults.set(device.name, messageOf(error))
    }
  }
  return { faults, evaluators: [...byRule(candidates), reference] }
}

/**
 * An integer program up to the first step that computes in floats. The steps before it are equal everywhere. Its state
 * stays at zeros, as for the first sample.
 */
function exactPart(program: Program): Program {
  const float = program.steps.findIndex(({ spec }) => precisionOf(spec) !== 'int8')
  if (!isOnGrid(program.precision) || float < 1) return program
  const zeros = program.states.map(
    ({ input }) => [input, tensor('float32', program.tensors[input].shape)] as const,
  )
  return {
    ...program,
    fixed: new Map([...program.fixed, ...zeros]),
    output: program.steps[float].inputs[0],
    states: [],
    steps: program.steps.slice(0, float),
  }
}

async function run(
  program: Program,
  batch: Samples,
  device: OpenedDevice,
): Promise<{ readonly output: Tensor<'float32'>; readonly fallbackOps: readonly string[] }> {
  const execution = await jobsOf(device).load(program)
  try {
    return { output: await execution.run(batch), fallbackOps: execution.fallbackOps }
  } finally {
    await execution.dispose()
  }
}
