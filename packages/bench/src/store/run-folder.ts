import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { parseRun, type Run, SCHEMA } from '@octet/results'
import type { Entry } from './entry.ts'

/** Files of a run folder. */
export const JOURNAL = 'journal.ndjson'
export const RUN = 'run.json'

/** A run's id: its start in UTC, and four random digits. Ids sort by time. */
export function newRunId(now: Date = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')
  return `${stamp}-${randomBytes(2).toString('hex')}`
}

/**
 * Makes the folder of a run.
 * @throws OctetError when it cannot be made.
 */
export function makeRunFolder(out: string, id: string): string {
  const folder = join(out, id)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new OctetError(
      `cannot make ${folder}: ${(error as Error).message}`,
      'give a folder that can be written with --out',
    )
  }
  return folder
}

/** Writes a file so that readers see the old contents or the new, never a part. */
export function writeWhole(path: string, text: string): void {
  const partial = `${path}.${process.pid}.partial`
  try {
    writeFileSync(partial, text, { flush: true })
    renameSync(partial, path)
  } catch (error) {
    throw new OctetError(
      `cannot write ${path}: ${(error as Error).message}`,
      'make room, or give a place that can be written',
    )
  }
}

/**
 * Reads a JSON file.
 * @throws OctetError naming the path when it is not one.
 */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new OctetError(`${path} is not JSON: ${(error as Error).message}`)
  }
}

/** Writes the run.json of a folder and returns its path. */
export function writeRun(folder: string, run: Run): string {
  const path = join(folder, RUN)
  writeWhole(path, `${JSON.stringify(run)}\n`)
  return path
}

/** The results file that a path names: itself, or the run.json of a folder. */
export function runFile(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? join(path, RUN) : path
}

/**
 * The run that a path names: a run.json, or the folder that holds one.
 * @throws OctetError when there is none, or it is not valid.
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
  const json = readJson(file)
  try {
    return parseRun(json)
  } catch (error) {
    if (error instanceof OctetError) throw new OctetError(`${file}: ${error.message}`, error.mend)
    throw error
  }
}

/** The run that a journal adds up to. An entry that comes again, as after a resume, stands for the earlier one. */
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
    ...(trainings.length > 0 && { trainings }),
  }
}

/**
 * The newest finished run in a folder of runs.
 * @throws OctetError when there is none.
 */
export function newestRun(out: string): string {
  const ids = existsSync(out) ? readdirSync(out).filter((id) => existsSync(join(out, id, RUN))) : []
  const newest = ids.toSorted().at(-1)
  if (newest === undefined)
    throw new OctetError(`there is no finished run in ${out}`, 'make one: octet bench')
  return join(out, newest)
}
