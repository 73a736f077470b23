import { deviceDifferences, machineDifferences } from '../../run/machine.ts'
import type { Run } from '../../run/run.ts'
import { groupBy } from '../group.ts'

/**
 * The runs of a history that show how much equal runs differ on one device of the machine of the compared runs: groups
 * of at least two runs of the same program with the same options, without the two compared runs. So changes of the
 * program or of the device's driver do not count as noise.
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

/** Runs of one kind differ only in the time at which they were made. */
function kindOf({ run }: Run): string {
  const { programHash, optionsHash, dataHash, modelHashes, commit, dirty, command } = run
  if (programHash === undefined || optionsHash === undefined) return `${commit} ${dirty} ${command}`
  return JSON.stringify([programHash, optionsHash, dataHash, modelHashes])
}
