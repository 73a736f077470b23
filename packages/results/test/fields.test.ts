import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as v from 'valibot'
import { expect, test } from 'vitest'
import { RunSchema } from '../src/run/run.ts'

/** Whatever answers a user from a run file: report, judgements, tables of the command line. */
const READERS = [
  '../src/judge',
  '../src/run/merge.ts',
  '../src/run/recovery.ts',
  '../../bench/src/show',
  '../../../apps/report/src',
]

/** Fields that no answer shows, and why they are kept. */
const KEPT: Readonly<Record<string, string>> = {
  schema: 'parseRun checks it before all else',
  'cells.latency.stages.deviceNs': 'it is the median, which is shown, beside the stages that it belongs to',
  'cells.variants': 'it says which kernel a time is of, when two files are held against each other',
  'notTimed.weightBits': 'it is read as that of any kernel, by arithmeticOf',
  'peaks.by': 'it says how a peak rate was reached, for whoever doubts the rate',
  'findings.threshold': 'the verdict, a sentence, names it',
  'trainings.split': 'it says which samples a training saw, for whoever repeats it',
  'trainings.options': 'with them, a training can be repeated',
}

type Schema = v.GenericSchema & {
  readonly entries?: Readonly<Record<string, Schema>>
  readonly item?: Schema
  readonly value?: Schema
  readonly wrapped?: Schema
  readonly options?: readonly unknown[]
}

/** Paths of a schema's fields that hold no further fields. */
function leaves(schema: Schema, path: readonly string[] = []): string[] {
  const inner = schema.wrapped ?? schema.item ?? (schema.type === 'record' ? schema.value : undefined)
  if (inner !== undefined) return leaves(inner, path)
  if (schema.type === 'variant')
    return [...new Set((schema.options as readonly Schema[]).flatMap((one) => leaves(one, path)))]
  if (schema.entries === undefined) return [path.join('.')]
  return Object.entries(schema.entries).flatMap(([key, entry]) => leaves(entry, [...path, key]))
}

/** Texts of a file or of a folder's TypeScript files. */
function sources(path: string): string[] {
  if (path.endsWith('.ts')) return [readFileSync(path, 'utf8')]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(path, name), 'utf8'))
}

/** A file reads `records.field` where it has `.field`, or `field` in braces, and names a record. */
function reads(source: string, path: string): boolean {
  const [field, records = 'run'] = path.split('.').toReversed()
  const [record] = /[A-Z]?[a-z0-9]{1,5}[^A-Z]*$/.exec(records)!
  return (
    new RegExp(`\\.${field}\\b|[{,]\\s*${field}\\s*[,:}=]`).test(source) &&
    new RegExp(record.slice(0, 6).replace(/s$/, ''), 'i').test(source)
  )
}

test('every field of a run file is read by what answers a user, or is kept for a stated reason', () => {
  const files = READERS.flatMap((path) => sources(fileURLToPath(new URL(path, import.meta.url))))
  const unread = leaves(RunSchema).filter((path) => !files.some((source) => reads(source, path)))
  expect(unread).toEqual(Object.keys(KEPT))
})
