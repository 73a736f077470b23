import { type KernelDevice, overlay } from '@octet/core'
import { median, now } from '@octet/core/statistics'
import { leastReadable } from '../../measure/clock-step.ts'

/**
 * A device whose times hold where the page's clock is too blunt for one run: all repetitions are timed together then,
 * and each is said to have taken its share.
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
