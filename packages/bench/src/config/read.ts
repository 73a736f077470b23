import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OctetError } from '@octet/core'
import { parse } from '@octet/results'
import * as v from 'valibot'
import { oneLine } from '../show/message.ts'
import type { Config, ConfiguredGoals, ConfiguredModel, ConfiguredSweep } from './config.ts'

/** The names that a file of settings may have. Every Node reads the first one. */
export const CONFIG_FILES = ['octet.config.mjs', 'octet.config.js', 'octet.config.ts'] as const

/** A file of settings. */
export interface ConfigFile {
  readonly path: string
  readonly config: Config
}

type Fields<T> = { readonly [Name in keyof T]-?: v.GenericSchema }

// The flags judge the values. The schema finds names that do not exist.
const One = v.optional(v.union([v.string(), v.number()]))
const Several = v.optional(v.array(v.union([v.string(), v.number()])))

const MODEL: Fields<ConfiguredModel> = {
  model: v.string(),
  eval: One,
  labels: One,
  calib: One,
  manifest: One,
  normalize: One,
  classes: Several,
  task: One,
  threshold: One,
  dim: Several,
  set: Several,
  state: Several,
  output: One,
  name: One,
}
const SWEEP: Fields<ConfiguredSweep> = {
  precision: Several,
  method: Several,
  calibration: Several,
  granularity: Several,
  scheme: Several,
  weightBits: Several,
  transform: Several,
  kernels: Several,
  adapter: One,
  samples: One,
  seed: One,
  tune: One,
}
const GOALS: Fields<ConfiguredGoals> = {
  maxDrop: One,
  minSqnrDb: One,
  maxLatencyMs: One,
  maxBytes: One,
  maxFlash: One,
  maxRam: One,
  maxEnergyMj: One,
}
const CONFIG: Fields<Config> = {
  workloads: v.optional(v.union([v.array(v.string()), v.strictObject(MODEL)])),
  sweep: v.optional(v.strictObject(SWEEP)),
  goals: v.optional(v.strictObject(GOALS)),
  board: One,
  host: One,
}

/**
 * The settings for a folder: the nearest file of settings in it or above it, up to the folder with the package.json.
 * Undefined where there is none.
 * @throws OctetError for a file that cannot be read, or that has a setting that does not exist.
 */
export async function readConfig(start: string): Promise<ConfigFile | undefined> {
  const path = nearestConfig(resolve(start))
  if (path === undefined) return undefined
  if (path.endsWith('.ts') && !('typescript' in process.features && process.features.typescript))
    throw new OctetError(
      `${path} is TypeScript, which Node ${process.versions.node} does not read`,
      `name it ${CONFIG_FILES[0]}, with types in comments, or use Node 22.18 or later`,
    )
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(path).href)) as { default?: unknown }).default
  } catch (error) {
    throw new OctetError(`${path} cannot be read: ${oneLine(error)}`, 'octet init writes a file that can')
  }
  return { path, config: parse(v.strictObject(CONFIG) as v.GenericSchema<Config>, exported, path) }
}

function nearestConfig(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const found = CONFIG_FILES.map((name) => join(folder, name)).find((file) => existsSync(file))
    if (found !== undefined) return found
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return undefined
  }
}
