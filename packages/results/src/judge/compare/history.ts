import { deviceDifferences, machineDifferences } from '../../run/machine.ts'
import type { Run } from '../../run/run.ts'
import { groupBy } from '../group.ts'

/**
 * Of a history the runs that say how much equal runs differ on one device of the machine of the two that are compared:
 * groups of the same program with the same options, two runs at least, without the two themselves. Changes of the
 * program are thus no noise, nor are those of the device's driver.
 */
export function equalRuns(
  history: readonly Run[],
  [before, after]: readonly [Run, Run],
  adapter: string,
): Run[][] {
  const own = new Set([before.run.id, after.run.id])
  const others = history.filter(
    ({ run, machine }) =>
      !own.has(run.id) &&
      machineDifferences(machine, after.machine).length === 0 &&
      deviceDifferences(machine, after.machine, adapter).length === 0,
  )
  const once = [...new Map(others.map((run) => [run.run.id, run])).values()]
  return [...groupBy(once, kindOf).values()].filter(({ length }) => length > 1)
}

/** Runs of one kind differ in nothing but the time at which they were made. */
function kindOf({ run }: Run): string {
  const { programHash, optionsHash, dataHash, modelHashes, commit, dirty, command } = run
  if (programHash === undefined || optionsHash === undefined) return `${commit} ${dirty} ${command}`
  return JSON.stringify([programHash, optionsHash, dataHash, modelHashes])
}
