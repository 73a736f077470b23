import type { DeviceInfo } from '@octet/core'
import { SCHEMA } from '@octet/results'
import type { Discovery } from '../discover/kernels.ts'
import { describeMachine, type Place } from '../machine/machine.ts'
import { programDigest } from '../machine/program.ts'
import { programVersion } from '../machine/source.ts'
import { digestOf } from '../store/digest.ts'
import type { StartEntry } from '../store/open-run.ts'
import { newRunId } from '../store/run-folder.ts'
import { inputsOf, optionsDigest } from '../sweep/inputs.ts'
import type { SweepOptions } from '../sweep/options.ts'
import type { Subject } from '../sweep/subject.ts'

interface Prepared {
  readonly options: SweepOptions
  readonly subjects: readonly Subject[]
  readonly discovery: Discovery
  readonly adapters: readonly DeviceInfo[]
  readonly place: Place
}

/** The header of a run, before any measurement. */
export async function startEntry({
  options,
  subjects,
  discovery,
  adapters,
  place,
}: Prepared): Promise<StartEntry> {
  const packages = discovery.found.filter(({ kernels }) => options.kernels?.includes(kernels.id) ?? true)
  const { models, data } = await inputsOf(subjects, options)
  const run = {
    id: newRunId(),
    startedAt: new Date().toISOString(),
    ...programVersion(),
    command: ['octet', ...process.argv.slice(2)].join(' '),
    seed: options.seed,
    ...(options.shard && { shard: options.shard }),
    dataHash: digestOf(data),
    modelHashes: models,
    optionsHash: optionsDigest(options),
    programHash: programDigest(packages.map(({ folder }) => folder)),
  }
  const machine = describeMachine(adapters, place)
  return { kind: 'run', schema: SCHEMA, run, machine, options, dataHashes: data }
}
