import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isInstalled, projectRoot } from '../discover/roots.ts'
import { workspaceRoot } from '../discover/workspace.ts'

/** The package that new packages are copied from. It is built, linted and tested like the others. */
export const TEMPLATE: string = dirname(
  dirname(fileURLToPath(import.meta.resolve('@octet/kernels-template'))),
)

/** A command and its effect. */
export interface NextStep {
  readonly command: string
  readonly does: string
}

/** The place for a new kernel package, and its differences there from the template. */
export interface Place {
  readonly kind: 'workspace' | 'project'
  readonly root: string
  /** The package's npm name. */
  readonly nameOf: (id: string) => string
  /** The package's folder, relative to the root. */
  readonly folderOf: (id: string) => string
  /** Globs of the template's files that the package leaves out. */
  readonly without: readonly string[]
  /** Files that replace the files of the template, by their names. */
  readonly instead: Readonly<Record<string, (template: string, id: string) => string>>
  /** The user's next steps, in the root. */
  readonly next: (id: string) => readonly NextStep[]
}

/** The place for new packages: the workspace of a checkout. Otherwise, the project that Octet is installed in. */
export function placeHere(): Place {
  return isInstalled ? inProject(projectRoot()) : inWorkspace(workspaceRoot())
}

/** A member of a workspace. It uses the settings and tools of the workspace. */
export function inWorkspace(root: string): Place {
  const nameOf = (id: string): string => `@octet/kernels-${id}`
  const folderOf = (id: string): string => `packages/kernels-${id}`
  return {
    kind: 'workspace',
    root,
    nameOf,
    folderOf,
    without: ['dist/**'],
    instead: {
      'package.json': (text, id) => {
        const template = JSON.parse(text) as { readonly repository: object }
        return manifest(template, id, nameOf(id), {
          repository: { ...template.repository, directory: folderOf(id) },
        })
      },
    },
    next: (id) =>
      [
        [`octet kernels --kernels ${id}`, 'installs, builds, shows conformance, times'],
        [`bench --quick --kernels ${id}`, 'a sweep: ops that it lacks run on the reference, by name'],
        ['test', 'lint, types and tests, including the tests of the package'],
      ].map(([command, does]) => ({ command: `npx -y pnpm@12.21.0 ${command}`, does })),
  }
}

/** The compiler settings for a package with no workspace above it. */
const COMPILER = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: [],
    strict: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    sourceMap: true,
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
}

/**
 * A separate package beside a project's package.json. It contains the built JavaScript, because Node 20 runs no
 * TypeScript, and a script that builds it again.
 */
export function inProject(root: string): Place {
  const nameOf = (id: string): string => `octet-kernels-${id}`
  const folderOf = (id: string): string => `kernels-${id}`
  const next = (id: string): NextStep[] => [
    { command: `npm install --save-dev ./${folderOf(id)}`, does: 'Octet finds it among the dependencies' },
    { command: `npx @octet/cli kernels --kernels ${id}`, does: 'shows conformance, times' },
    {
      command: `npx @octet/cli bench --quick --kernels ${id} --workload model.onnx --eval x.npy --calib c.npy`,
      does: 'a sweep: ops that it lacks run on the reference, by name',
    },
    { command: `npm run build --prefix ${folderOf(id)}`, does: 'builds it again after a change in src' },
  ]
  return {
    kind: 'project',
    root,
    nameOf,
    folderOf,
    without: ['test/**'],
    instead: {
      'package.json': (text, id) => {
        const { repository: _, ...template } = JSON.parse(text) as Project
        const { version } = template
        return manifest(template, id, nameOf(id), {
          version: '0.0.0',
          files: ['dist', 'src'],
          scripts: { build: 'tsc -p tsconfig.json', prepack: 'npm run build' },
          dependencies: { ...template.dependencies, '@octet/core': `^${version}` },
        })
      },
      'tsconfig.json': () => `${JSON.stringify(COMPILER, null, 2)}\n`,
      'README.md': (text, id) =>
        text
          .replace('@octet/kernels-template', nameOf(id))
          .replace(
            /( {4}npx .*\n)+/,
            next(id)
              .map(({ command }) => `    ${command}\n`)
              .join(''),
          )
          .replace(/^\| `test\/.*\n/m, ''),
    },
    next,
  }
}

interface Project {
  readonly version: string
  readonly repository: object
  readonly dependencies: Readonly<Record<string, string>>
}

/** The template's package.json with another name, and with the entry that makes it discoverable. */
function manifest(template: object, id: string, name: string, changes: object): string {
  const changed = {
    ...template,
    name,
    description: `Compute kernels: ${id}`,
    octet: { kernels: './dist/index.js' },
    ...changes,
  }
  return `${JSON.stringify(changed, null, 2)}\n`
}
