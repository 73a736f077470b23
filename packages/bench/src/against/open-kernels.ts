import { type KernelPrecision, OctetError } from '@octet/core'
import { openWanted } from '../discover/open-wanted.ts'
import type { RenewableDevice } from '../discover/renewable.ts'
import { casesOf } from '../kernels/conform.ts'
import { prepareKernel } from '../kernels/contender.ts'
import { instantiate } from '../kernels/instance.ts'
import type { Problem } from '../kernels/problem.ts'
import { chosenProblems } from '../kernels/choose.ts'
import { SILENT } from '../show/reporter.ts'
import type { Loaded, Opened, OpenedEntrant } from './opened.ts'
import type { KernelChoice } from './protocol.ts'

/** The requested kernels as separate programs, on every device that opens on this machine. */
export async function openKernels(choice: KernelChoice): Promise<Opened> {
  const problems = chosenProblems(choice)
  const ops = new Set(problems.map(({ op }) => op))
  const cases = casesOf(ops, choice.precision)
  const { open, withheld } = await openWanted(choice, { cases, withhold: 'falls' }, { reporter: SILENT })
  const entrants: OpenedEntrant[] = []
  const left = withheld.map(({ subject, detail }) => `${subject}: ${detail}`)
  for (const device of open)
    for (const problem of problems)
      for (const precision of problem.precisions.filter((one) => choice.precision.includes(one))) {
        const key = `${problem.op} ${precision} ${problem.shape} ${device.name}`
        const supported = device.device.supports(problem.spec(precision))
        if (supported === true)
          entrants.push({
            key,
            device: device.name,
            work: `${problem.op} ${precision} ${problem.shape}`,
            load: () => loadKernel(problem, precision, device),
          })
        else left.push(`${key}: ${supported.reason}`)
      }
  return { entrants, left }
}

async function loadKernel(
  problem: Problem,
  precision: KernelPrecision,
  device: RenewableDevice,
): Promise<Loaded> {
  const kernel = await device.use((open) =>
    prepareKernel(precision, instantiate(problem.spec(precision)), open),
  )
  return {
    fill: (regionNs) => kernel.fill(regionNs),
    turn: async () => {
      await kernel.run()
      const ns = kernel.samples.at(-1)
      if (ns === undefined || !(ns >= 0)) throw new OctetError(`its device says that it took ${ns} ns`)
      return Math.max(1, ns)
    },
    free: async () => kernel.free(),
  }
}
