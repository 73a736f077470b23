import { type KernelDevice, overlay } from '@octet/core'
import { median, now } from '@octet/core/statistics'
import { leastReadable } from '../../measure/clock-step.ts'

/**
 * A device whose times are correct even if the page's clock is too coarse for one run. In that case it times all
 * repetitions together, and reports an equal share for each.
 */
export function throughBluntClock(device: KernelDevice): KernelDevice {
  return overlay(device, {
    time: async (steps, repeats) => {
      const begin = now()
      const timing = await device.time(steps, repeats)
      const share = (now() - begin) / repeats
      if (timing.clock === 'gpu' || median(timing.ns) >= leastReadable()) return timing
      return { clock: 'wall', ns: timing.ns.map(() => share) }
    },
  })
}
