import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DeviceInfoSchema, parse } from '@octet/results'
import { defaultCacheDir, makeFolder } from '@octet/workloads'
import { globSync } from 'tinyglobby'
import * as v from 'valibot'
import { readJson, writeJson } from '../store/json-file.ts'
import type { TrialRequest } from './task.ts'
import type { TrialOutcome } from './trial.ts'

/** A package to try: its npm name, its folder, and the module in it with its kernels. */
export interface Candidate {
  readonly name: string
  readonly folder: string
  readonly entry: string
}

interface Kept {
  readonly fingerprint: string
  readonly outcome: TrialOutcome
}

const KeptSchema = v.object({
  fingerprint: v.string(),
  outcome: v.looseObject({
    id: v.exactOptional(v.string()),
    broken: v.exactOptional(v.string()),
    device: v.exactOptional(DeviceInfoSchema),
    results: v.array(
      v.looseObject({
        case: v.string(),
        op: v.string(),
        precision: v.string(),
        status: v.picklist(['passed', 'failed', 'skipped', 'unsupported']),
        detail: v.exactOptional(v.string()),
      }),
    ),
    falls: v.array(v.string()),
    lasting: v.boolean(),
  }),
})

const check = (value: unknown): Kept => parse(KeptSchema, value, 'the outcome') as Kept

/**
 * The last outcome for each package, host and choice of cases. It is valid as long as nothing that decided it has
 * changed.
 */
export class KeptOutcome {
  readonly #path: string
  readonly #fingerprint: string

  constructor(candidate: Candidate, task: TrialRequest, cache: string = cacheFolder()) {
    const { entry, host, wanted = [], asks = [], cases } = task
    this.#path = join(cache, `${digest([entry, host, wanted, asks, cases])}.json`)
    this.#fingerprint = fingerprint(candidate)
  }

  read(): TrialOutcome | undefined {
    try {
      const { fingerprint, outcome } = readJson(this.#path, check)
      return fingerprint === this.#fingerprint ? outcome : undefined
    } catch {
      return undefined
    }
  }

  write(outcome: TrialOutcome): void {
    const kept: Kept = { fingerprint: this.#fingerprint, outcome }
    try {
      makeFolder(dirname(this.#path))
      writeJson(this.#path, kept, check)
    } catch {
      // If the outcome cannot be stored, the next run tries again.
    }
  }
}

/** A digest of the package's built files, of the files that try it, and of the engine. */
function fingerprint({ folder, entry }: Candidate): string {
  const own = [join(folder, 'package.json'), ...filesIn(dirname(entry))]
  const ours = [
    ...filesIn(dirname(createRequire(import.meta.url).resolve('@octet/core'))),
    ...filesIn(dirname(fileURLToPath(import.meta.url))),
  ]
  const { version, platform, arch } = process
  return digest([version, platform, arch, ...[...own, ...ours].map((path) => digest(readFileSync(path)))])
}

function filesIn(folder: string): string[] {
  const patterns = ['**/*', '!**/node_modules/**', '!**/*.map', '!**/*.d.ts']
  return globSync(patterns, { cwd: folder, absolute: true }).toSorted()
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(value instanceof Uint8Array ? value : JSON.stringify(value))
    .digest('hex')
}

/** `tried` in Octet's cache folder. */
function cacheFolder(): string {
  return join(defaultCacheDir(), 'tried')
}
