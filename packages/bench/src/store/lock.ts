import { randomBytes } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { writeFault } from '@octet/workloads'
import * as v from 'valibot'
import { identityOf } from '../process/identity.ts'

/** A child of a killed process ends a moment after its parent, and later on a busy machine. */
const PATIENCE_MS = 5000
/** The first lock of a folder. */
const FIRST = 'lock'
/**
 * The lock that replaced a lock whose process had ended. Each token has at most one successor, because only one process
 * can create the file.
 */
const AFTER = 'lock.after-'
const after = (token: string): string => `${AFTER}${token}`

const Claim = v.object({
  token: v.string(),
  process: v.number(),
  began: v.nullable(v.string()),
  host: v.string(),
})
type Claim = v.InferOutput<typeof Claim>

/** A folder that only one process uses. */
export interface Lock {
  readonly release: () => void
}

/**
 * Locks a folder for this process, until `release` or any end of the process. It takes over a lock whose process has
 * ended. If several processes try this at once, one succeeds.
 * @param patienceMs The time, in milliseconds, to wait for a process that holds the folder.
 * @throws OctetError with the process that holds the folder. WriteFault if nothing can be written there.
 */
export function lockFolder(folder: string, patienceMs: number = PATIENCE_MS): Lock {
  const claim: Claim = {
    token: randomBytes(8).toString('hex'),
    process: process.pid,
    began: identityOf(process.pid) ?? null,
    host: hostname(),
  }
  const draft = join(folder, `${FIRST}.${process.pid}.partial`)
  try {
    writeFileSync(draft, JSON.stringify(claim), { flush: true })
    for (const until = Date.now() + patienceMs; !take(folder, claim, draft);) {
      const last = lastIn(folder)
      if (last === undefined || !holds(last)) continue
      if (Date.now() > until) throw held(folder, last)
      sleep(50)
    }
  } catch (error) {
    throw error instanceof OctetError ? error : writeFault(join(folder, FIRST), error)
  } finally {
    remove(draft)
  }
  const release = (): void => {
    process.off('exit', release)
    // The first lock goes first, so that no later lock counts as the folder's lock while the others are removed.
    for (const name of [FIRST, ...locksIn(folder).filter((one) => one !== FIRST)]) remove(join(folder, name))
  }
  process.on('exit', release)
  return { release }
}

/**
 * Tries to create the lock after the last lock, unless the last lock is held. Returns whether the new lock is the
 * folder's.
 */
function take(folder: string, claim: Claim, draft: string): boolean {
  const last = lastIn(folder)
  if (last !== undefined && holds(last)) return false
  const place = join(folder, last === undefined ? FIRST : after(last.token))
  try {
    linkSync(draft, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // The file system has no links. The lock is visible for a moment before it can be read.
    try {
      writeFileSync(place, JSON.stringify(claim), { flag: 'wx', flush: true })
    } catch (other) {
      if ((other as NodeJS.ErrnoException).code === 'EEXIST') return false
      remove(place)
      throw other
    }
  }
  // If the earlier locks were released meanwhile, this lock has no predecessor and does not count.
  if (lastIn(folder)?.token === claim.token) return true
  remove(place)
  return false
}

/** The claim behind the folder's lock: the last claim in the chain of takeovers. */
function lastIn(folder: string): Claim | undefined {
  let last: Claim | undefined
  for (let name = FIRST; ; name = after(last.token)) {
    const claim = read(join(folder, name))
    if (claim === undefined) return last
    last = claim
  }
}

function read(path: string): Claim | undefined {
  for (let tries = 0; ; tries++) {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Claim), text)
    if (parsed.success) return parsed.output
    if (tries === 50) throw new OctetError(`${path} cannot be read`, 'remove it if no octet measures there')
    sleep(20)
  }
}

/** Whether the process of a claim still lives, as far as this machine can tell. */
function holds({ host, process: id, began }: Claim): boolean {
  if (host !== hostname()) return true
  const now = identityOf(id)
  return now !== undefined && (now === null || began === null || now === began)
}

function held(folder: string, { host, process: id }: Claim): OctetError {
  const elsewhere = host === hostname() ? '' : ` on ${host}`
  return new OctetError(
    `${folder} is in use by process ${id}${elsewhere}`,
    elsewhere === ''
      ? 'wait for it, or stop it'
      : `wait for it, or remove ${join(folder, FIRST)} if it has ended`,
  )
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function locksIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name === FIRST || name.startsWith(AFTER))
  } catch {
    return []
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The next process finds that this lock's process has ended.
  }
}
