import { dirname } from 'node:path'
import { OctetError } from '@octet/core'
import { joinAdapters, type Machine, machineDifferences, type Run, SCHEMA } from '@octet/results'
import { programVersion } from '../machine/source.ts'
import { lockFolder } from '../store/lock.ts'
import { newestRun, newRunId, readRun, runFile, writeRun } from '../store/run-folder.ts'

/** A run without cells, for measurements outside a sweep. The report opens it like the run of a sweep. */
export function kernelRun(machine: Machine, startedAt: Date): Run {
  return {
    schema: SCHEMA,
    run: {
      id: newRunId(startedAt),
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      ...programVersion(),
      command: ['octet', ...process.argv.slice(2)].join(' '),
      seed: 1,
    },
    machine,
    workloads: [],
    cells: [],
    layers: [],
    kernels: [],
  }
}

/** A run that measurements are added to. */
export interface Into {
  readonly path: string
  readonly run: Run
}

/**
 * The run that `--into` names, or the newest run if it names none.
 * @throws OctetError if there is no such run.
 */
export function readInto(named: string | true | undefined): Into | undefined {
  if (named === undefined) return undefined
  const path = named === true ? newestRun('results') : named
  return { path, run: readRun(path) }
}

/** @throws OctetError if the run is of another machine, or if one of its adapters has changed since. */
export function expectSameMachine({ path, run }: Into, machine: Machine): void {
  const [other] = machineDifferences(run.machine, machine)
  if (other !== undefined)
    throw new OctetError(
      `${path} was measured on another machine: ${other.name} was ${other.before}, here ${other.after}`,
      'times of different machines cannot be compared',
    )
  joinAdapters([run.machine.adapters, machine.adapters])
}

/** Measurements to add, and the machine with the adapters that made them. */
type Parts = Pick<Run, 'kernels' | 'notTimed' | 'peaks' | 'models'> & Pick<Run, 'machine'>

/**
 * Writes a run back with these measurements. They replace earlier ones of the same op, shape or model on the same
 * device. The run is read again first, because measuring takes minutes and other processes may have added to it.
 * @throws OctetError if the run is gone, or if another process holds it.
 */
export function keepInto({ path }: Into, parts: Partial<Parts> & Pick<Parts, 'machine'>): void {
  const lock = lockFolder(dirname(runFile(path)))
  try {
    writeRun(path, withParts(readRun(path), parts))
  } finally {
    lock.release()
  }
}

function withParts(run: Run, parts: Partial<Parts> & Pick<Parts, 'machine'>): Run {
  const { kernels = [], notTimed = [], peaks = [], models = [] } = parts
  const shapes = new Set([...kernels, ...notTimed].map(shapeOf))
  return {
    ...run,
    machine: {
      ...run.machine,
      adapters: joinAdapters([run.machine.adapters, parts.machine.adapters]),
    },
    kernels: [...run.kernels.filter((one) => !shapes.has(shapeOf(one))), ...kernels],
    notTimed: [...(run.notTimed ?? []).filter((one) => !shapes.has(shapeOf(one))), ...notTimed],
    peaks: replaced(run.peaks, peaks, ({ unit }) => unit),
    models: replaced(run.models, models, ({ workload }) => workload),
  }
}

interface OnDevice {
  readonly package: string
  readonly adapter: string
}

function shapeOf({
  package: name,
  adapter,
  op,
  shape,
}: OnDevice & { readonly op: string; readonly shape: string }): string {
  return [name, adapter, op, shape].join(' ')
}

/** The new measurements, and the earlier ones that they do not replace. */
function replaced<T extends OnDevice>(
  before: readonly T[] = [],
  fresh: readonly T[],
  name: (one: T) => string,
): readonly T[] {
  const key = (one: T): string => [one.package, one.adapter, name(one)].join(' ')
  const known = new Set(fresh.map(key))
  return [...before.filter((one) => !known.has(key(one))), ...fresh]
}
