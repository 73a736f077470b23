import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { removeLeftovers } from '@octet/workloads'
import type { Entry } from './entry.ts'
import { Journal, readJournal } from './journal.ts'
import { lockFolder } from './lock.ts'
import { JOURNAL, makeRunFolder } from './run-folder.ts'

export type StartEntry = Extract<Entry, { kind: 'run' }>

/** A run that is being measured. */
export interface OpenRun {
  readonly folder: string
  /** All records. The entries of earlier parts come first. */
  readonly entries: readonly Entry[]
  /** Stores an entry on disk before it returns. */
  readonly record: (entry: Entry) => void
}

/** The folder of a run. Only this process uses it, until `close`. */
export interface HeldFolder {
  readonly folder: string
  readonly close: () => void
}

/** The stored part of an interrupted run. */
export interface BegunRun extends HeldFolder {
  readonly start: StartEntry
  readonly entries: readonly Entry[]
}

/**
 * Makes and locks the folder of a new run.
 * @throws WriteFault if it cannot be made.
 */
export function newFolder(out: string, id: string): HeldFolder {
  const folder = makeRunFolder(out, id)
  const lock = lockFolder(folder)
  return { folder, close: lock.release }
}

/**
 * Locks and reads an interrupted run, by its folder or by its id within `out`. Removes half-written files.
 * @throws OctetError if there is none, or if another process holds it.
 */
export function readBegun(run: string, out: string): BegunRun {
  const folder = existsSync(run) ? run : join(out, run)
  const path = join(folder, JOURNAL)
  if (!existsSync(path)) readJournal(path)
  const lock = lockFolder(folder)
  try {
    removeLeftovers(folder)
    const entries = readJournal(path)
    const start = entries.find((entry) => entry.kind === 'run')
    if (start === undefined)
      throw new OctetError(`the journal in ${folder} does not begin with its run`, 'start a new run')
    return { folder, start, entries, close: lock.release }
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Opens a folder's journal. A new run's journal begins with its start. An interrupted run's journal continues after its
 * last entry.
 * @throws WriteFault if it cannot be written.
 */
export function openRun({ folder }: HeldFolder, earlier: readonly Entry[], start?: StartEntry): OpenRun {
  const journal = new Journal(join(folder, JOURNAL))
  const entries = [...earlier]
  const record = (entry: Entry): void => {
    journal.append(entry)
    entries.push(entry)
  }
  if (start !== undefined) record(start)
  return { folder, entries, record }
}
