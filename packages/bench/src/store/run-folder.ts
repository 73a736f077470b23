import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { OctetError } from '@octet/core'
import { parseRun, type Run, SCHEMA } from '@octet/results'
import { makeFolder, WriteFault } from '@octet/workloads'
import type { Entry } from './entry.ts'
import { readJson, writeJson } from './json-file.ts'

/** Files of a run folder. */
export const JOURNAL = 'journal.ndjson'
export const RUN = 'run.json'

/** A run's id: its start in UTC and four random digits. Ids sort by time. */
export function newRunId(now: Date = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')
  return `${stamp}-${randomBytes(2).toString('hex')}`
}

/**
 * Makes the folder of a run.
 * @throws WriteFault if it cannot be made.
 */
export function makeRunFolder(out: string, id: string): string {
  const folder = join(out, id)
  try {
    makeFolder(folder)
  } catch (error) {
    if (!(error instanceof WriteFault)) throw error
    throw new WriteFault(error.message, `${error.mend}, or name another folder with --out`)
  }
  return folder
}

/**
 * Writes the run.json of a folder, or a results file, and returns its path.
 * @throws OctetError if the run could not be read again. WriteFault if the file cannot be written.
 */
export function writeRun(path: string, run: Run): string {
  const file = runFile(path)
  writeJson(file, run, parseRun)
  return file
}

/** The results file that a path names: the path itself, or the run.json of a folder. */
export function runFile(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? join(path, RUN) : path
}

/**
 * The run that a path names: a run.json, or a folder that holds one.
 * @throws OctetError if there is none, or if it is not valid.
 */
export function readRun(path: string): Run {
  const file = runFile(path)
  if (!existsSync(file)) {
    const begun = existsSync(join(path, JOURNAL))
    throw new OctetError(
      begun ? `the run in ${path} was cut off before its end` : `there is no results file at ${file}`,
      begun ? `finish it with octet bench --resume ${path}` : 'name a run folder or its run.json',
    )
  }
  return readJson(file, parseRun)
}

/**
 * The finished runs in a folder of runs, and one line for each run that cannot be read.
 * @throws OctetError if there is no such folder.
 */
export function readHistory(folder: string): { readonly runs: Run[]; readonly left: string[] } {
  if (!existsSync(folder))
    throw new OctetError(`there is no folder ${folder}`, 'name the folder that run folders are in')
  const runs: Run[] = []
  const left: string[] = []
  for (const name of readdirSync(folder).toSorted()) {
    const file = join(folder, name, RUN)
    if (!existsSync(file)) continue
    try {
      runs.push(readJson(file, parseRun))
    } catch (error) {
      if (!(error instanceof OctetError)) throw error
      left.push(`${file} is left out of the history: ${error.message}`)
    }
  }
  return { runs, left }
}

/** The run that a journal adds up to. If an entry occurs twice, e.g. after a resume, the later entry counts. */
export function assembleRun(entries: readonly Entry[], finishedAt: Date): Run {
  const start = entries.find((entry) => entry.kind === 'run')
  if (start === undefined) throw new OctetError('the journal does not begin with its run', 'start a new run')
  const latest = <T>(pick: (entry: Entry) => [string, T] | undefined): T[] => [
    ...new Map(entries.map(pick).filter((found) => found !== undefined)).values(),
  ]
  const trainings = latest((entry) =>
    entry.kind === 'training'
      ? [`${entry.training.workload} ${entry.training.configuration}`, entry.training]
      : undefined,
  )
  const profiles = latest((entry) => {
    if (entry.kind !== 'timing' || entry.timing.profile === undefined) return undefined
    const { workload, kernels, adapter, program } = entry.timing
    return [[workload, kernels, adapter, program].join(' '), entry.timing.profile]
  })
  const networks = latest((entry) =>
    entry.kind === 'layers' && entry.network !== undefined ? [entry.workload, entry.network] : undefined,
  )
  const sufficiency = latest((entry) =>
    entry.kind === 'sufficiency' ? [entry.sufficiency.workload, entry.sufficiency] : undefined,
  )
  return {
    schema: SCHEMA,
    run: { ...start.run, finishedAt: finishedAt.toISOString() },
    machine: start.machine,
    workloads: latest((entry) =>
      entry.kind === 'workload' ? [entry.workload.id, entry.workload] : undefined,
    ),
    cells: latest((entry) => (entry.kind === 'cell' ? [entry.cell.key, entry.cell] : undefined)),
    layers: latest((entry) => (entry.kind === 'layers' ? [entry.workload, entry.layers] : undefined)).flat(),
    kernels: entries.flatMap((entry) => (entry.kind === 'kernel' ? [entry.kernel] : [])),
    findings: latest((entry) =>
      entry.kind === 'findings' ? [entry.workload, entry.findings] : undefined,
    ).flat(),
    ...(profiles.length > 0 && { profiles }),
    ...(networks.length > 0 && { networks }),
    ...(sufficiency.length > 0 && { sufficiency }),
    ...(trainings.length > 0 && { trainings }),
  }
}

/**
 * The newest finished run in a folder of runs.
 * @throws OctetError if there is none.
 */
export function newestRun(out: string): string {
  const newest = runsIn(out, (has) => has(RUN)).at(-1)
  if (newest === undefined)
    throw new OctetError(`there is no finished run in ${out}`, 'make one: octet bench')
  return newest
}

/**
 * The newest finished run in a folder of runs that began before another run.
 * @throws OctetError when there is none.
 */
export function runBefore(path: string, out: string): string {
  const { id } = readRun(path).run
  const before = runsIn(out, (has) => has(RUN)).findLast((folder) => basename(folder) < id)
  if (before === undefined)
    throw new OctetError(`${out} has no finished run from before ${id}`, 'name the run to compare with')
  return before
}

/**
 * The newest run in a folder of runs that was begun and not finished.
 * @throws OctetError when there is none.
 */
export function newestBegun(out: string): string {
  const newest = runsIn(out, (has) => has(JOURNAL) && !has(RUN)).at(-1)
  if (newest === undefined)
    throw new OctetError(`there is no interrupted run in ${out}`, 'name the run: octet bench --resume RUN')
  return newest
}

/** The run folders in a folder that have the files meant, from the oldest to the newest: their names sort by time. */
function runsIn(out: string, isMeant: (has: (file: string) => boolean) => boolean): string[] {
  if (!existsSync(out)) return []
  return readdirSync(out)
    .toSorted()
    .map((id) => join(out, id))
    .filter((folder) => isMeant((file) => existsSync(join(folder, file))))
}
