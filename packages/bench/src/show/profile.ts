import { precisionName, type Profile, type Run, STAGES } from '@octet/results'
import { lines } from './lines.ts'
import { nanoseconds, significant } from './number.ts'
import type { Column } from './rows.ts'

/** The parts of a precision's time, one column per stage: the stage's share of the time that the user waits. */
export const STAGE_COLUMNS: readonly Column<Profile>[] = [
  ['where the time goes', 'left', ({ precision }) => precisionName(precision)],
  ['sensor to answer', 'right', ({ hostToHost }) => nanoseconds(hostToHost.median)],
  ...Object.entries(STAGES).map(([field, name]): Column<Profile> => [
    name,
    'right',
    ({ stages, hostToHost }) => share(stages[field as keyof typeof STAGES], hostToHost.median),
  ]),
]

/** One profile for each precision of a workload on a device, FP32 first. */
export function profilesFor(
  { profiles = [] }: Run,
  { workload, kernels, adapter }: Pick<Profile, 'workload' | 'kernels' | 'adapter'>,
): Profile[] {
  const own = profiles.filter(
    (one) => one.workload === workload && one.kernels === kernels && one.adapter === adapter,
  )
  return own.filter((one) => own.find(({ precision }) => precision === one.precision) === one)
}

/** The layers that take most of the device's time, one line per precision. */
export function slowestLayers(profiles: readonly Profile[]): string {
  return lines(
    profiles.map(({ precision, device: { layers, wholeNs, restNs, by } }) => {
      const slowest = layers.toSorted((a, b) => b.ns - a.ns).slice(0, 3)
      const each = slowest.map(({ node, op, ns, macs, bytes }) => {
        const rate = macs > 0 ? `${significant((2 * macs) / ns)} Gop/s` : `${significant(bytes / ns)} GB/s`
        return `${node} (${op}) ${share(ns, wholeNs)} at ${rate}`
      })
      const rest = `${share(restNs, wholeNs)} of ${nanoseconds(wholeNs)} is no layer's`
      const how = by === 'steps' ? ', layers timed one by one' : ''
      return `slowest layers, ${precisionName(precision)}: ${each.join(', ')}; ${rest}${how}`
    }),
  )
}

/** The energy of FP32 on an ideal datapath as a multiple of another precision's, one line per precision. */
export function idealEnergy(profiles: readonly Profile[]): string {
  return lines(
    profiles.flatMap(({ precision, ideal = [] }) => {
      const each = ideal.map(
        ({ process, ratio: [lo, hi], source }) =>
          `${significant(lo)}x to ${significant(hi)}x modelled in ${process} (${source})`,
      )
      return each.length === 0
        ? []
        : `energy of FP32 over ${precision.toUpperCase()}'s on an ideal datapath: ${each.join(', ')}`
    }),
  )
}

function share(ns: number, of: number): string {
  return of > 0 ? `${Math.round((100 * ns) / of)}%` : ''
}
