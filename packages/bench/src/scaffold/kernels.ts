import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OctetError, referencePackage } from '@octet/core'
import { globSync } from 'tinyglobby'
import { programRoot } from '../discover/roots.ts'
import { packagesIn } from '../discover/workspace.ts'
import { type NextStep, type Place, TEMPLATE } from './place.ts'

/** The placeholder for the name in the template's files. */
const PLACEHOLDER = /\btemplate\b/g

/** A new package. */
export interface NewKernels {
  /** Its id for `--kernels`. */
  readonly id: string
  /** Its npm name. */
  readonly package: string
  /** The path from the root of the workspace or the project. */
  readonly folder: string
  /** The written files, with paths relative to its folder. */
  readonly files: readonly string[]
  /** The user's next steps, in the root. */
  readonly next: readonly NextStep[]
}

/**
 * Writes a kernel package with one op. Nothing outside its folder needs to know it.
 * @throws OctetError if the name is not valid or is taken, or if the files cannot be written.
 */
export function scaffoldKernels(place: Place, id: string): NewKernels {
  checkName(place, id)
  checkFree(place, id)
  const folder = place.folderOf(id)
  const files = globSync('**/*', {
    cwd: TEMPLATE,
    // The template itself may be inside a node_modules folder.
    ignore: ['node_modules/**', '**/*.tsbuildinfo', ...place.without],
  }).toSorted()
  try {
    for (const file of files) {
      const path = join(place.root, folder, file)
      const text = readFileSync(join(TEMPLATE, file), 'utf8')
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, (place.instead[file]?.(text, id) ?? text).replace(PLACEHOLDER, id))
    }
  } catch (error) {
    throw new OctetError(
      `cannot write ${folder}: ${(error as Error).message}`,
      `make room, or make the ${place.kind} writable`,
    )
  }
  return { id, package: place.nameOf(id), folder, files, next: place.next(id) }
}

function checkName(place: Place, id: string): void {
  if (id.startsWith('kernels-'))
    throw new OctetError(
      `"${id}" would make ${place.folderOf(id)}`,
      `give the name alone: octet new-kernels ${id.slice('kernels-'.length)}`,
    )
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 50)
    throw new OctetError(
      `"${id}" cannot be the name of a package`,
      'give at most 50 lower-case letters, digits and single "-", beginning with a letter',
    )
}

function checkFree(place: Place, id: string): void {
  if (id === referencePackage.id)
    throw new OctetError(`"${id}" is the reference of @octet/core`, 'choose another name')
  const taken = new Set([place.nameOf(id), `@octet/kernels-${id}`])
  const folder = place.folderOf(id)
  for (const one of packagesIn([place.root, programRoot()]).packages)
    if (taken.has(one.name) || one.folder === join(place.root, folder))
      throw new OctetError(`the ${place.kind} has ${one.name} already`, 'choose another name')
  if (existsSync(join(place.root, folder)))
    throw new OctetError(`${folder} is there already`, 'remove it, or choose another name')
}
