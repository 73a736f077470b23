import { OctetError } from '@octet/core'
import { joinAdapters, machineDifferences } from './machine.ts'
import type { Run } from './run.ts'

/**
 * Joins the shards of a sweep into one run. Parts that all shards share (workloads, layers, findings) are taken once.
 * @throws OctetError unless the shards belong to one sweep: 1/n to n/n, the same seed, commit, inputs and machine, and
 *   no cell twice.
 */
export function mergeRuns(id: string, shards: readonly Run[]): Run {
  const [first] = shards
  if (first === undefined)
    throw new OctetError('there is nothing to merge', 'name the run folders of the shards')
  const of = first.run.shard?.[1]
  const parts = shards.map(({ run }) => run.shard?.[0] ?? 0).toSorted((a, b) => a - b)
  if (
    of === undefined ||
    shards.some(({ run }) => run.shard?.[1] !== of) ||
    parts.join() !== numbersTo(of).join()
  )
    throw new OctetError(
      'these are not the parts of one sweep: ' +
        shards.map(({ run }) => `${run.id} is ${run.shard?.join('/') ?? 'whole'}`).join(', '),
      'give every part of one octet bench --shard i/n, once',
    )
  for (const { run, machine } of shards) {
    if (run.seed !== first.run.seed || run.commit !== first.run.commit)
      throw new OctetError(
        `${run.id} and ${first.run.id} have another seed or commit`,
        'measure the parts from one checkout',
      )
    const other = SHARED.find(([, digest]) => digest(run) !== digest(first.run))
    if (other !== undefined)
      throw new OctetError(
        `${run.id} and ${first.run.id} have ${other[0]}`,
        'measure the parts of one sweep on the same inputs, by the same program',
      )
    if (machineDifferences(first.machine, machine).length > 0)
      throw new OctetError(
        `${run.id} and ${first.run.id} are of different machines`,
        'times of two machines do not mix',
      )
  }
  const cells = shards.flatMap((shard) => shard.cells)
  const keys = new Set(cells.map(({ key }) => key))
  if (keys.size < cells.length) throw new OctetError('a cell is in two of the shards', 'give every part once')
  const { shard: _, ...info } = first.run
  const profiles = shards.flatMap((shard) => shard.profiles ?? [])
  const networks = shards.flatMap((shard) => shard.networks ?? [])
  const sufficiency = shards.flatMap((shard) => shard.sufficiency ?? [])
  const trainings = shards.flatMap((shard) => shard.trainings ?? [])
  return {
    ...first,
    run: {
      ...info,
      id,
      startedAt: shards.map(({ run }) => run.startedAt).toSorted()[0],
      finishedAt: shards
        .map(({ run }) => run.finishedAt)
        .toSorted()
        .at(-1)!,
      dirty: shards.some(({ run }) => run.dirty),
    },
    machine: { ...first.machine, adapters: joinAdapters(shards.map(({ machine }) => machine.adapters)) },
    workloads: once(
      shards.flatMap((shard) => shard.workloads),
      ({ id }) => id,
    ),
    cells,
    layers: once(
      shards.flatMap((shard) => shard.layers),
      ({ workload, tensor }) => `${workload} ${tensor}`,
    ),
    kernels: shards.flatMap((shard) => shard.kernels),
    notTimed: shards.flatMap((shard) => shard.notTimed ?? []),
    peaks: shards.flatMap((shard) => shard.peaks ?? []),
    models: shards.flatMap((shard) => shard.models ?? []),
    ...(profiles.length > 0 && {
      profiles: once(profiles, ({ workload, kernels, adapter, program }) =>
        [workload, kernels, adapter, program].join(' '),
      ),
    }),
    ...(networks.length > 0 && { networks: once(networks, ({ workload }) => workload) }),
    ...(sufficiency.length > 0 && { sufficiency: once(sufficiency, ({ workload }) => workload) }),
    findings: once(
      shards.flatMap((shard) => shard.findings ?? []),
      ({ workload, id, tensor }) => `${workload} ${id} ${tensor}`,
    ),
    ...(trainings.length > 0 && {
      trainings: once(trainings, ({ workload, configuration }) => `${workload} ${configuration}`),
    }),
  }
}

/** The common fields of all parts of a sweep. */
const SHARED: readonly (readonly [what: string, digest: (run: Run['run']) => string | undefined])[] = [
  [
    'other models',
    ({ modelHashes = {} }) =>
      Object.keys(modelHashes)
        .toSorted()
        .map((id) => `${id} ${modelHashes[id]}`)
        .join(),
  ],
  ['other data', ({ dataHash }) => dataHash],
  ['other options', ({ optionsHash }) => optionsHash],
  ['another build of octet or its kernels', ({ programHash }) => programHash],
]

function once<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}

function numbersTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}
