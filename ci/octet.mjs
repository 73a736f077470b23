import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** The checkout that contains this script. */
export const ROOT = join(import.meta.dirname, '..')
/** The built command of a checkout, from its root. */
export const BIN = join('packages', 'bench', 'dist', 'bin.js')

/**
 * Runs octet of a built checkout. Exit code 1 is part of the result: a cell failed, or a program was lost.
 * @param {string} root
 * @param {string[]} args
 */
export function octet(root, ...args) {
  try {
    execFileSync(process.execPath, [join(root, BIN), ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && error.status === 1)) throw error
  }
}
