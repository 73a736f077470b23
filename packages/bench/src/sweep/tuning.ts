import type { OpSpec, Program } from '@octet/core'
import type { RenewableDevice } from '../discover/renewable.ts'
import { jobsOf, type OpenedDevice } from '../measure/jobs.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { programName } from './timings.ts'

/**
 * Lets a device find the fastest variant of every op of some programs, if it has several, and the fastest way to join
 * their steps. This takes at most `budgetMs`, and earlier findings take no time. The reporter hears the new findings,
 * and the variants that had to be given up.
 */
export async function tuneFor(
  programs: readonly Program[],
  device: RenewableDevice<OpenedDevice>,
  budgetMs: number,
  reporter: Reporter,
): Promise<void> {
  try {
    const tuned = await device.use((open) => jobsOf(open).tune(distinct(programs), budgetMs), 'it was tuned')
    const measured = tuned.filter(({ source }) => source === 'measured')
    const declined = tuned.filter(({ source }) => source === 'declined')
    if (measured.length + declined.length === 0) return
    const faster = measured.filter(({ ratio = 1 }) => ratio > 1)
    const rejected = [...measured, ...declined].flatMap(({ spec, rejected: given }) =>
      given.map((why) => ({ op: spec.op, ...why })),
    )
    reporter.note(`${device.name}: tuned ${measured.length} ops, ${faster.length} run faster than by default`)
    for (const { op, variant, reason } of rejected)
      reporter.log(`${device.name}: ${op} gives up ${variant}: ${reason}`)
    for (const { spec } of declined) reporter.log(`${device.name}: ${lackOf(spec)}`)
  } catch (error) {
    reporter.log(
      `${device.name}: tuning stopped early, so other kernels run with their defaults: ${messageOf(error)}`,
    )
  }
}

function lackOf({ op, inputs, output }: OpSpec): string {
  const shapes = [...inputs, output].map(({ shape }) => `[${shape.join(', ')}]`)
  return (
    `no variant of ${op} ${inputs[0].dtype} ${shapes.join(', ')} computes the reference's result, so ` +
    'the reference runs it'
  )
}

/** One program of each name. Programs of one name differ in numbers alone. */
function distinct(programs: readonly Program[]): Program[] {
  return [...new Map(programs.map((program) => [programName(program), program])).values()]
}
