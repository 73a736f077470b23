import type { DeviceTensor, KernelDevice, KernelPrecision, Peak, Step, Tensor } from '@octet/core'
import { type Contender, median, now, repeatsWithin } from '@octet/core/statistics'
import type { Instance } from './instance.ts'

/** The most copies of an op in one submission. */
const MOST_COPIES = 256

/** One op in one precision and one variant, prepared on a device. The device's clock times a turn. */
export interface KernelContender extends Contender {
  readonly precision: KernelPrecision
  readonly instance: Instance
  readonly variant: string | undefined
  /** Whether the device chose the variant by itself. */
  readonly picked: boolean
  /** ns of one run of the op by the device's clock, one figure per round. */
  readonly samples: readonly number[]
  /** Wall ns of the first run. */
  readonly firstDispatchNs: number
  readonly clock: Peak['clock']
  /** Wall ns of one submission of `copies`, from handing it over to its end. */
  runByWall(copies: number): Promise<number>
  read(): Promise<Tensor>
  free(): void
}

/** Compiles, uploads and runs once. If no variant is named, the device picks it. */
export async function prepareKernel(
  precision: KernelPrecision,
  instance: Instance,
  device: KernelDevice,
  variant?: string,
): Promise<KernelContender> {
  const op = await device.prepare(instance.spec, instance.constants, variant)
  const inputs: DeviceTensor[] = []
  for (const input of instance.inputs) {
    const held = device.alloc(input)
    await device.write(held, input)
    inputs.push(held)
  }
  const output = device.alloc(instance.spec.output)
  const step: Step = { op, inputs, output }
  const copiesOf = (count: number): Step[] => Array.from({ length: count }, () => step)
  const runByWall = async (copies: number): Promise<number> => {
    const steps = copiesOf(copies)
    const start = now()
    await device.submit(steps)
    await device.finish()
    return now() - start
  }
  const firstDispatchNs = await runByWall(1)
  const samples: number[] = []
  let steps = [step]
  let clock: Peak['clock'] = 'wall'
  return {
    precision,
    instance,
    variant: op.variant,
    picked: variant === undefined,
    samples,
    firstDispatchNs,
    get clock() {
      return clock
    },
    fill: async (regionNs) => {
      const one = Math.max(median((await device.time(steps, 3)).ns), 1)
      steps = copiesOf(repeatsWithin(regionNs, one, MOST_COPIES))
      return steps.length * one
    },
    run: async () => {
      const timing = await device.time(steps, 1)
      clock = timing.clock
      samples.push(timing.ns[0] / steps.length)
    },
    runByWall,
    read: () => device.read(output),
    free: () => {
      for (const held of [...inputs, output]) device.free(held)
      device.release(op)
    },
  }
}
