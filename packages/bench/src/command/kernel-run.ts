import { dirname } from 'node:path'
import { OctetError } from '@octet/core'
import { joinAdapters, type Machine, machineDifferences, type Run, SCHEMA } from '@octet/results'
import { programVersion } from '../machine/source.ts'
import { lockFolder } from '../store/lock.ts'
import { newRunId, readRun, runFile, writeRun } from '../store/run-folder.ts'

/** A run without cells, for measurements that are not of a sweep: the report opens it like a run of a sweep. */
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
 * The run that `--into` names.
 * @throws OctetError when there is none.
 */
export function readInto(path: string | undefined): Into | undefined {
  return path === undefined ? undefined : { path, run: readRun(path) }
}

/** @throws OctetError when the run is of another machine than this, or of an adapter that is another now. */
export function expectSameMachine({ path, run }: Into, machine: Machine): void {
  const [other] = machineDifferences(run.machine, machine)
  if (other !== undefined)
    throw new OctetError(
      `${path} was measured on another machine: ${other.name} was ${other.before}, here ${other.after}`,
      'times of two machines do not mix',
    )
  joinAdapters([run.machine.adapters, machine.adapters])
}

/** Measurements to add, and the machine with the adapters that they were made on. */
type Parts = Pick<Run, 'kernels' | 'notTimed' | 'peaks' | 'models'> & Pick<Run, 'machine'>

/**
 * Writes a run back with these measurements in it, in place of earlier ones of the same op, shape or model on the
 * same device. The run is read again, as measuring takes minutes in which others may have added to it.
 * @throws OctetError when it is no longer there, or another process has it.
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

/** The fresh ones, and those before whose device and name are not among them. */
function replaced<T extends OnDevice>(
  before: readonly T[] = [],
  fresh: readonly T[],
  name: (one: T) => string,
): readonly T[] {
  const key = (one: T): string => [one.package, one.adapter, name(one)].join(' ')
  const known = new Set(fresh.map(key))
  return [...before.filter((one) => !known.has(key(one))), ...fresh]
}
