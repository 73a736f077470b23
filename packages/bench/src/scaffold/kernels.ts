import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OctetError, referencePackage } from '@octet/core'
import { globSync } from 'tinyglobby'
import { packagesIn, workspaceRoot } from '../discover/workspace.ts'

/** The package that new ones are copied from. It is built, linted and tested as they are. */
const TEMPLATE = 'packages/kernels-template'
/** The placeholder of the name in its files. */
const PLACEHOLDER = /\btemplate\b/g

/** A package that was made. */
export interface NewKernels {
  /** Its id, which `--kernels` takes. */
  readonly id: string
  /** Its npm name. */
  readonly package: string
  /** From the workspace's root. */
  readonly folder: string
  /** The written files, relative to its folder. */
  readonly files: readonly string[]
}

/**
 * Makes packages/kernels-NAME in a workspace: a kernel package with one op, which nothing outside its folder needs to
 * know.
 * @throws OctetError for a name that cannot be one or is taken, and where nothing can be written.
 */
export function scaffoldKernels(root: string, name: string): NewKernels {
  checkName(name)
  const made = { id: name, package: `@octet/kernels-${name}`, folder: `packages/kernels-${name}` }
  checkFree(root, made)
  const template = join(workspaceRoot(), TEMPLATE)
  const files = globSync('**/*', {
    cwd: template,
    ignore: ['**/node_modules/**', 'dist/**', '**/*.tsbuildinfo'],
  }).toSorted()
  try {
    for (const file of files) {
      const path = join(root, made.folder, file)
      const text = readFileSync(join(template, file), 'utf8')
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, file === 'package.json' ? manifest(text, made) : text.replace(PLACEHOLDER, name))
    }
  } catch (error) {
    throw new OctetError(
      `cannot write ${made.folder}: ${(error as Error).message}`,
      'make room, or make the workspace writable',
    )
  }
  return { ...made, files }
}

/** The template's package.json under another name, with the entry by which it is discovered. */
function manifest(text: string, made: Omit<NewKernels, 'files'>): string {
  const template = JSON.parse(text) as { readonly repository: object }
  const changed = {
    ...template,
    name: made.package,
    repository: { ...template.repository, directory: made.folder },
    description: `Compute kernels: ${made.id}`,
    octet: { kernels: './dist/index.js' },
  }
  return `${JSON.stringify(changed, null, 2)}\n`
}

function checkName(name: string): void {
  if (name.startsWith('kernels-'))
    throw new OctetError(
      `"${name}" would make packages/kernels-${name}`,
      `give the name alone: octet new-kernels ${name.slice('kernels-'.length)}`,
    )
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 50)
    throw new OctetError(
      `"${name}" cannot be the name of a package`,
      'give at most 50 lower-case letters, digits and single "-", beginning with a letter',
    )
}

function checkFree(root: string, made: Omit<NewKernels, 'files'>): void {
  if (made.id === referencePackage.id)
    throw new OctetError(`"${made.id}" is the reference of @octet/core`, 'choose another name')
  for (const { name, folder } of packagesIn([root]).packages)
    if (name === made.package || folder === join(root, made.folder))
      throw new OctetError(`the workspace has ${made.package} already`, 'choose another name')
  if (existsSync(join(root, made.folder)))
    throw new OctetError(`${made.folder} is there already`, 'remove it, or choose another name')
}
