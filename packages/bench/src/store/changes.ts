import type { DeviceInfo } from '@octet/core'
import { type Machine, machineDifferences } from '@octet/results'
import { digestOf } from './digest.ts'
import type { StartEntry } from './open-run.ts'

/**
 * The differences between a run's start and the program that would continue it, each as a clause. Empty if the numbers
 * would be the same as without the interruption. Another commit only counts as a difference if its built program
 * differs.
 */
export function changesSince(begun: StartEntry, now: StartEntry): string[] {
  const { run, machine, options } = begun
  if (
    run.programHash === undefined ||
    run.optionsHash === undefined ||
    run.modelHashes === undefined ||
    begun.dataHashes === undefined
  )
    return ['an earlier octet started it, which kept no digests of model and data']
  return [
    ...changed('the model of', run.modelHashes, now.run.modelHashes ?? {}),
    ...changed('the data of', begun.dataHashes, now.dataHashes ?? {}),
    ...(run.optionsHash === now.run.optionsHash ? [] : ['the options in its journal were changed']),
    ...(run.seed === options.seed ? [] : [`its seed is ${run.seed}, that of its options ${options.seed}`]),
    ...(run.programHash === now.run.programHash ? [] : [otherProgram(begun, now)]),
    ...otherMachine(machine, now.machine),
  ]
}

function changed(
  what: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return [
    ...Object.keys(before)
      .filter((id) => before[id] !== after[id])
      .map((id) => `${what} ${id} ${id in after ? 'has changed' : 'is not there'}`),
    ...Object.keys(after)
      .filter((id) => !(id in before))
      .map((id) => `${what} ${id} was not there`),
  ]
}

function otherProgram({ run: before }: StartEntry, { run: after }: StartEntry): string {
  const source = ({ commit, dirty }: StartEntry['run']): string =>
    `commit ${commit.slice(0, 12)}${dirty ? ' with changes' : ''}`
  const [then, here] = [source(before), source(after)]
  return `octet or its kernels are built otherwise (${then === here ? here : `${then}, here ${here}`})`
}

/** Times of different machines must not mix, and neither must those of different runtimes or adapters. */
function otherMachine(before: Machine, after: Machine): string[] {
  const facts = machineDifferences(before, after).map(
    ({ name, before: then, after: now }) => `${name} was ${then}, here ${now}`,
  )
  const found = [...facts, ...otherAdapters(before.adapters, after.adapters)]
  return before.fingerprint === after.fingerprint || found.length > 0 ? found : ['the machine has changed']
}

function otherAdapters(before: readonly DeviceInfo[], after: readonly DeviceInfo[]): string[] {
  const named = ({ id, name }: DeviceInfo): string => `the adapter ${id} (${name})`
  const gone = before.filter(({ id }) => after.every((one) => one.id !== id))
  const fresh = after.filter(({ id }) => before.every((one) => one.id !== id))
  const other = before.filter(({ id, ...rest }) => {
    const twin = after.find((one) => one.id === id)
    return twin !== undefined && digestOf(twin) !== digestOf({ id, ...rest })
  })
  return [
    ...gone.map((one) => `${named(one)} is not there`),
    ...fresh.map((one) => `${named(one)} was not there`),
    ...other.map((one) => `${named(one)} has another driver or other features`),
  ]
}
