import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import { writeWhole } from '../store/run-folder.ts'
import type { Task } from './task.ts'
import type { Verdict } from './verdict.ts'

/** What is tried: a package by its npm name, its folder, and the module in it that has its kernels. */
export interface Candidate {
  readonly name: string
  readonly folder: string
  readonly entry: string
}

interface Kept {
  readonly fingerprint: string
  readonly verdict: Verdict
}

/** The last verdict of each package, host and choice of cases, while nothing that decided it has changed. */
export class KeptVerdict {
  readonly #path: string
  readonly #fingerprint: string

  constructor(candidate: Candidate, task: Task, cache: string = cacheFolder()) {
    const { entry, host, wanted = [], asks = [], cases } = task
    this.#path = join(cache, `${digest([entry, host, wanted, asks, cases])}.json`)
    this.#fingerprint = fingerprint(candidate)
  }

  read(): Verdict | undefined {
    try {
      const { fingerprint, verdict } = JSON.parse(readFileSync(this.#path, 'utf8')) as Kept
      return fingerprint === this.#fingerprint ? verdict : undefined
    } catch {
      return undefined
    }
  }

  write(verdict: Verdict): void {
    const kept: Kept = { fingerprint: this.#fingerprint, verdict }
    try {
      mkdirSync(dirname(this.#path), { recursive: true })
      writeWhole(this.#path, JSON.stringify(kept))
    } catch {
      // Where nothing can be kept the next run tries again.
    }
  }
}

/** Of the package's built files, of those that try it, and of the engine. */
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

/** `$XDG_CACHE_HOME/octet/tried` or `~/.cache/octet/tried`. */
function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'octet', 'tried')
}
