import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import type { Machine } from '@octet/results'
import type { Entry } from './entry.ts'
import { Journal, readJournal } from './journal.ts'
import { JOURNAL, makeRunFolder } from './run-folder.ts'

export type StartEntry = Extract<Entry, { kind: 'run' }>

/** A run that is being measured. */
export interface OpenRun {
  readonly folder: string
  /** All that is recorded, this part's entries after those of earlier parts. */
  readonly entries: readonly Entry[]
  /** Keeps an entry for good before it returns. */
  readonly record: (entry: Entry) => void
  close(): void
}

/** What a run that was cut off left behind. */
export interface BegunRun {
  readonly folder: string
  readonly start: StartEntry
  readonly entries: readonly Entry[]
}

/**
 * Begins a run: makes its folder and records its start.
 * @throws OctetError when that cannot be written.
 */
export function beginRun(out: string, start: StartEntry): OpenRun {
  const run = openJournal(makeRunFolder(out, start.run.id), [])
  run.record(start)
  return run
}

/**
 * Reads a run that was cut off, by its folder or by its id within `out`.
 * @throws OctetError when there is none.
 */
export function readBegun(run: string, out: string): BegunRun {
  const folder = existsSync(run) ? run : join(out, run)
  const entries = readJournal(join(folder, JOURNAL))
  const start = entries.find((entry) => entry.kind === 'run')
  if (start === undefined)
    throw new OctetError(`the journal in ${folder} does not begin with its run`, 'start a new run')
  return { folder, start, entries }
}

/**
 * Goes on with a run that was cut off.
 * @throws OctetError when this machine is not the one it began on: times of two machines do not mix.
 */
export function continueRun({ folder, start, entries }: BegunRun, machine: Machine): OpenRun {
  if (start.machine.fingerprint !== machine.fingerprint)
    throw new OctetError(
      `${folder} was begun on another machine, runtime or adapter (${start.machine.fingerprint}, here ${machine.fingerprint})`,
      'times of two machines do not mix: start a new run',
    )
  return openJournal(folder, entries)
}

function openJournal(folder: string, earlier: readonly Entry[]): OpenRun {
  const journal = new Journal(join(folder, JOURNAL))
  const entries = [...earlier]
  return {
    folder,
    entries,
    record: (entry) => {
      journal.append(entry)
      entries.push(entry)
    },
    close: () => {
      journal.close()
    },
  }
}
