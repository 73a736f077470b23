import { openBattery } from './battery.ts'
import { isMeter, type Meter, type NoMeter } from './meter.ts'
import { openNvidia } from './nvidia.ts'
import { openRapl } from './rapl.ts'

/** The places where Octet looks for meters. Tests pass other places. */
export interface Places {
  readonly sysfs: string
  readonly nvidiaSmi: string
}

/** Every kind of meter. The meter that covers the least besides a device comes first. */
const METERS: readonly ((places: Places) => Promise<Meter | NoMeter>)[] = [
  async ({ sysfs }) => openRapl(sysfs),
  ({ nvidiaSmi }) => openNvidia(nvidiaSmi),
  async ({ sysfs }) => openBattery(sysfs),
]

/** The meters that can be read on this machine, and the reasons why the others cannot. */
export async function openMeters(places: Places = { sysfs: '/sys', nvidiaSmi: 'nvidia-smi' }): Promise<{
  readonly meters: readonly Meter[]
  readonly missing: readonly NoMeter[]
}> {
  const opened = await Promise.all(METERS.map((open) => open(places)))
  return { meters: opened.filter(isMeter), missing: opened.filter((one): one is NoMeter => !isMeter(one)) }
}
