import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OctetError } from '@octet/core'

/** The content is valid, but the file system did not accept it. */
export class WriteFault extends OctetError {}

/**
 * Writes a file, whose contents may come in parts. Readers see the old contents or the new contents, never a part, even
 * after a power cut. Unfinished files of killed processes are removed.
 * @throws WriteFault if it cannot be written. The old contents then remain.
 */
export function writeWhole(path: string, content: string | Uint8Array | readonly Uint8Array[]): void {
  const partial = `${path}.${process.pid}.partial`
  try {
    removePartials(path)
    if (typeof content === 'string' || ArrayBuffer.isView(content))
      writeFileSync(partial, content, { flush: true })
    else writeParts(partial, content)
    renameSync(partial, path)
  } catch (error) {
    remove(partial)
    throw writeFault(path, error)
  }
}

function writeParts(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, 'w')
  try {
    for (const part of parts)
      for (let done = 0; done < part.length;) done += writeSync(file, part, done, part.length - done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Makes a folder and its missing parents.
 * @throws WriteFault if it cannot be made.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    // On a read-only file system, the error says that a parent folder is missing. Making the folder alone gives the
    // real reason.
    const unclear = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw writeFault(path, (unclear && faultOf(() => mkdirSync(path))) || error, 'make')
  }
}

function faultOf(run: () => void): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

/** An error for a path that cannot be written, with the system's message and the remedy. */
export function writeFault(path: string, error: unknown, verb: 'write' | 'make' = 'write'): WriteFault {
  const { code, message } = error as NodeJS.ErrnoException
  return new WriteFault(`cannot ${verb} ${path}: ${message}`, mendFor(code))
}

/** The remedy for a system error, by its code. */
export function mendFor(code: string | undefined): string {
  const known = MENDS.find(([codes]) => codes.includes(code ?? ''))
  return known?.[1] ?? 'give a place that can be written'
}

const MENDS: readonly (readonly [codes: readonly string[], mend: string])[] = [
  [['ENOSPC', 'EDQUOT', 'EFBIG'], 'make room'],
  [['EMFILE', 'ENFILE'], 'let this process open more files (ulimit -n), or end others'],
  [['EACCES', 'EPERM', 'EROFS'], 'give a place that this user may write'],
  [['ENOMEM', 'EAGAIN'], 'end other programs'],
]

/** Removes the unfinished files of ended processes, in a folder and the folders below it. */
export function removeLeftovers(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeLeftovers(path)
    else if (isLeftover(entry.name)) remove(path)
  }
}

/** Removes the unfinished copies of one file. */
function removePartials(path: string): void {
  const [folder, start] = [dirname(path), `${basename(path)}.`]
  for (const name of readdirSync(folder))
    if (name.startsWith(start) && /^\d+\.partial$/.test(name.slice(start.length)) && isLeftover(name))
      remove(join(folder, name))
}

function isLeftover(name: string): boolean {
  const [, id] = /\.(\d+)\.partial$/.exec(name) ?? []
  return id !== undefined && !lives(Number(id))
}

/** Whether a process with this id is alive, whoever owns it. */
export function lives(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The file stays until a user with the right to remove it does so.
  }
}
