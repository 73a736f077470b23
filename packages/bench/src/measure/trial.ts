import { type KernelDevice, load, now, type Program, type Tensor } from '@octet/core'
import { difference } from '@octet/core/conformance'
import { renewableReference } from '../discover/devices.ts'
import { messageOf, type RenewableDevice } from '../discover/renewable.ts'

/** Which devices compute a program right, and the fastest of them. */
export interface Verdict {
  /** By device name: what is wrong there. */
  readonly faults: ReadonlyMap<string, string>
  /** Where evaluation may run, best first: the exact devices by speed, the reference among them. */
  readonly evaluators: readonly RenewableDevice[]
}

/**
 * How far a float output may be from the reference's, as a share of the batch's largest output. Wide on purpose: it tells a
 * wrong kernel from one that rounds otherwise, layer after layer; the bounds of single ops are the conformance kit's. Integers must be equal.
 */
const TOLERANCE = { fp32: 1e-3, fp16: 2e-2, int8: 0, mixed: 2e-2 }

/**
 * Runs one batch on the reference and on every device, and compares outputs in full. Each device's second run is what it is
 * timed by, as the first may compile. Where the user named devices, the reference evaluates only if none of them is right.
 */
export async function tryDevices(
  whole: Program,
  batch: Tensor<'float32'>,
  devices: readonly RenewableDevice[],
  { named }: { readonly named: boolean },
): Promise<Verdict> {
  const reference = renewableReference()
  const program = exactPart(whole)
  const expected = await runTimed(program, batch, reference.device, 1)
  const largest = expected.output.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const bounds = new Float64Array(expected.output.data.length).fill(TOLERANCE[program.precision] * largest)
  const faults = new Map<string, string>()
  const evaluators = [{ device: reference, ns: named ? Infinity : expected.ns }]
  for (const device of devices) {
    if (device.name === reference.name) continue
    try {
      const { output, ns } = await device.use((open) => runTimed(program, batch, open, 2))
      const wrong = difference(output, expected.output, bounds)
      if (wrong === undefined) evaluators.push({ device, ns })
      else faults.set(device.name, `outputs are not the reference's: ${wrong}`)
    } catch (error) {
      faults.set(device.name, messageOf(error))
    }
  }
  return { faults, evaluators: evaluators.toSorted((a, b) => a.ns - b.ns).map(({ device }) => device) }
}

/** An integer program up to its Softmax, which computes in float: what comes before is equal everywhere. */
function exactPart(program: Program): Program {
  const softmax = program.steps.findIndex(({ spec }) => spec.op === 'Softmax')
  if (program.precision !== 'int8' || softmax < 0) return program
  return { ...program, output: program.steps[softmax].inputs[0], steps: program.steps.slice(0, softmax) }
}

async function runTimed(
  program: Program,
  batch: Tensor<'float32'>,
  device: KernelDevice,
  runs: number,
): Promise<{ output: Tensor<'float32'>; ns: number }> {
  const execution = await load(program, device)
  try {
    let begin = now()
    let output = await execution.run(batch)
    for (let run = 1; run < runs; run++) {
      begin = now()
      output = await execution.run(batch)
    }
    return { output, ns: now() - begin }
  } finally {
    await execution.dispose()
  }
}
