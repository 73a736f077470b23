import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'
import { workspaceRoot } from '../discover/workspace.ts'
import { sourceVersion } from '../machine/source.ts'
import { forkChild } from '../process/fork.ts'
import type { Reporter } from '../show/reporter.ts'

const RUN = fileURLToPath(new URL('../../dist/process/run-child.js', import.meta.url))

/** This path is relative to the package's folder, both from source and from `dist`. */
const CHILD = fileURLToPath(new URL('../../dist/against/child.js', import.meta.url))

/** A built checkout of this project. */
export interface Build {
  readonly folder: string
  readonly commit: string
  readonly dirty: boolean
  /** The module of the process that times this build's programs. */
  readonly child: string
}

/** A build that `remove` deletes if Octet made it here. */
export interface HeldBuild extends Build {
  remove(): void
}

/**
 * The build at a folder.
 * @throws OctetError if there is no build, or if its commit is older than `--against`.
 */
export function buildAt(folder: string): Build {
  const child = join(folder, relative(workspaceRoot(), CHILD))
  if (!existsSync(join(folder, 'packages', 'bench', 'dist', 'bin.js')))
    throw new OctetError(
      `${folder} is not a built checkout of octet`,
      'build it: pnpm install && pnpm build there',
    )
  if (!existsSync(child))
    throw new OctetError(
      `the build in ${folder} is older than octet bench --against`,
      'compare with a later commit',
    )
  return { folder, ...sourceVersion(folder), child }
}

/**
 * The build that `--against` names: a folder, or a commit that Octet checks out and builds in a temporary folder.
 * @param root the checkout whose history contains the commit
 * @throws OctetError if there is no such folder or commit, or if it does not build.
 */
export async function openBase(ref: string, root: string, reporter: Reporter): Promise<HeldBuild> {
  if (existsSync(ref) && statSync(ref).isDirectory())
    return { ...buildAt(resolve(ref)), remove: () => undefined }
  const commit = commitOf(ref, root)
  const parent = mkdtempSync(join(tmpdir(), 'octet-against-'))
  const folder = join(parent, 'checkout')
  const remove = (): void => {
    process.off('exit', remove)
    try {
      git(root, 'worktree', 'remove', '--force', folder)
    } catch {
      // The worktree was not made, or git has forgotten it.
    }
    rmSync(parent, { recursive: true, force: true })
  }
  process.on('exit', remove)
  try {
    reporter.note(`building ${commit.slice(0, 12)} in ${folder}`)
    git(root, 'worktree', 'add', '--detach', folder, commit)
    const pnpm = pnpmOf(root)
    for (const args of [
      ['install', '--frozen-lockfile', '--prefer-offline'],
      ['-s', 'build'],
    ])
      await run(folder, [...pnpm, ...args])
    return { ...buildAt(folder), remove }
  } catch (error) {
    remove()
    throw error
  }
}

function commitOf(ref: string, root: string): string {
  try {
    return git(root, 'rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`)
  } catch {
    throw new OctetError(
      `--against ${ref}: there is no such folder, and no such commit in ${root}`,
      'name a commit, a branch, a tag, or the folder of a built checkout; in CI, fetch the commit first',
    )
  }
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** The command that starts pnpm: an installed pnpm, Node's, or the version that the project names, downloaded. */
function pnpmOf(root: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devEngines?: { readonly packageManager?: { readonly version?: string } }
  }
  const version = manifest.devEngines?.packageManager?.version
  const ways = [
    ['pnpm'],
    ['corepack', 'pnpm'],
    ['npx', '-y', version === undefined ? 'pnpm' : `pnpm@${version}`],
  ]
  const found = ways.find(([command, ...args]) => {
    try {
      execFileSync(command, [...args, '--version'], { stdio: 'ignore', shell: process.platform === 'win32' })
      return true
    } catch {
      return false
    }
  })
  if (found === undefined)
    throw new OctetError('there is no pnpm to build with', 'install pnpm: npm install -g pnpm')
  return found
}

/** @throws OctetError with the line that names the fault, if the command fails. */
async function run(cwd: string, command: readonly string[]): Promise<void> {
  const child = forkChild(
    RUN,
    ['ignore', 'ignore', 'pipe'],
    { cwd, env: { ...process.env, CI: 'true' } },
    command,
  )
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-MOST_SAID)))
  const fault = await new Promise<string | undefined>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('close', (code) => resolve(code === 0 ? undefined : `exit code ${code}`))
  })
  if (fault === undefined) return
  const line = faultLine(said)
  throw new OctetError(
    `${command.join(' ')} fails in ${cwd} (${fault})${line ? `: ${line}` : ''}`,
    'build that commit by hand, and give --against its folder',
  )
}

/** The most characters kept from a command's output. */
const MOST_SAID = 100_000

/**
 * The first line that names an error, because a compiler prints its error before the programs that ran it. Otherwise
 * the last line.
 */
function faultLine(said: string): string | undefined {
  const lines = said.trim().split('\n')
  return (lines.find((line) => /\berror\b|\bERR_/i.test(line)) ?? lines.at(-1))?.trim()
}
