import { type KernelDevice, overlay, type Timing } from '@octet/core'
import { median, now } from '@octet/core/statistics'
import { leastReadable } from '../../measure/clock-step.ts'

/**
 * A device whose times are correct even if the page's clock is too coarse for one run. In that case it times all
 * repetitions together, and reports an equal share for each.
 */
export function throughBluntClock(device: KernelDevice): KernelDevice {
  return overlay(device, {
    time: (steps, repeats) => shared(repeats, () => device.time(steps, repeats)),
    ...(device.compile && {
      compile: async (list, compilation) => {
        const program = await device.compile!(list, compilation)
        return overlay(program, { time: (repeats) => shared(repeats, () => program.time(repeats)) })
      },
    }),
  })
}

async function shared(repeats: number, run: () => Promise<Timing>): Promise<Timing> {
  const begin = now()
  const timing = await run()
  const share = (now() - begin) / repeats
  if (timing.clock === 'gpu' || median(timing.ns) >= leastReadable()) return timing
  return { clock: 'wall', ns: timing.ns.map(() => share) }
}
