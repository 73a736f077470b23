import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Copies an example out of the checkout, as a user does, and links the packages on which it depends. */
export function copyExample(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `octet-example-${name}-`))
  cpSync(join('examples', name), folder, { recursive: true })
  mkdirSync(join(folder, 'node_modules', '@octet'), { recursive: true })
  for (const dependency of Object.keys(manifestOf(name).dependencies))
    symlinkSync(resolve(dependency.replace('@octet/', 'packages/')), join(folder, 'node_modules', dependency))
  return folder
}

/** The package.json of an example. */
export function manifestOf(name: string): {
  readonly dependencies: Readonly<Record<string, string>>
} {
  return JSON.parse(readFileSync(join('examples', name, 'package.json'), 'utf8')) as ReturnType<
    typeof manifestOf
  >
}
