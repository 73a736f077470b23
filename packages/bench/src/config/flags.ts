import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { ConfigFile } from './read.ts'

/** A setting as a flag: its value as a command line would have it, and its name in the file. */
export interface Setting {
  readonly flag: string
  readonly text: string
  readonly name: string
}

type Value = string | number | readonly (string | number)[] | undefined

/** Fields of a model that are paths. `normalize` is one where it names a JSON file. */
const PATHS: ReadonlySet<string> = new Set(['model', 'eval', 'labels', 'calib', 'manifest'])

/** Whether a verb takes settings of octet.config. No other verb reads the file. */
export function takesSettings(verb: string): boolean {
  return verb === 'bench' || verb === 'recommend'
}

/** The settings of a verb that takes them, by the flags that they stand for, which have camel case. */
export function settingsFor(verb: string, { path, config }: ConfigFile): readonly Setting[] {
  const { workloads, sweep, goals, board, host } = config
  const common = [...section('goals.', goals), ...section('', { board })]
  if (verb === 'recommend') return common
  return [
    ...workloadSettings(workloads, dirname(path)),
    ...section('sweep.', sweep),
    ...section('', { host }),
    ...common,
  ]
}

function workloadSettings(workloads: ConfigFile['config']['workloads'], folder: string): readonly Setting[] {
  if (workloads === undefined) return []
  // A name that is no path is the id of a built-in workload.
  const place = (text: string): string => (existsSync(resolve(folder, text)) ? resolve(folder, text) : text)
  if (isList(workloads))
    return [{ flag: 'workload', text: workloads.map(place).join(','), name: 'workloads' }]
  return section('workloads.', workloads).map(({ flag, text, name }) => ({
    flag: flag === 'model' ? 'workload' : flag,
    text: PATHS.has(flag) || (flag === 'normalize' && text.endsWith('.json')) ? resolve(folder, text) : text,
    name,
  }))
}

/** The fields of a part of the file that are set. */
function section(prefix: string, values: object = {}): Setting[] {
  return Object.entries(values as Readonly<Record<string, Value>>).flatMap(([flag, value]) =>
    value === undefined ? [] : [{ flag, text: textOf(value), name: `${prefix}${flag}` }],
  )
}

function textOf(value: Exclude<Value, undefined>): string {
  return isList(value) ? value.join(',') : String(value)
}

function isList<T>(value: readonly T[] | object | string | number): value is readonly T[] {
  return Array.isArray(value)
}
