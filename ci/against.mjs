// Compares this checkout, the head, with a base: node ci/against.mjs BASE OUT. BASE is a commit or the folder of a
// built checkout. Both builds make the same sweep, and their times are raced in turn on this machine. OUT gets
// verdict.json, comment.md and a report of both runs, site/index.html. PULL is the number of the pull request;
// OCTET_SWEEP holds further flags of `octet bench`. Exit code 1: a figure that gates got worse.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseRun } from '../packages/results/dist/index.js'
import { judge } from './gate/judge.mjs'
import { verdictMarkdown } from './gate/markdown.mjs'
import { announced, weigh } from './gate/weigh.mjs'
import { BIN, octet, ROOT as HEAD } from './octet.mjs'

const [ref, folder] = process.argv.slice(2)
const out = resolve(folder)
const flags = (process.env['OCTET_SWEEP'] ?? '').split(' ').filter((flag) => flag !== '')
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_STEP_SUMMARY, PULL = '0' } = process.env

const parent = mkdtempSync(join(tmpdir(), 'octet-base-'))
const built = existsSync(join(ref, BIN))
const base = built ? resolve(ref) : join(parent, 'checkout')
try {
  if (!built) {
    run(HEAD, 'git', 'worktree', 'add', '--detach', base, ref)
    run(
      base,
      'bash',
      join(HEAD, 'ci', 'pnpm'),
      '--dir',
      base,
      'install',
      '--frozen-lockfile',
      '--prefer-offline',
    )
    run(base, 'bash', join(HEAD, 'ci', 'pnpm'), '--dir', base, '-s', 'build')
  }
  mkdirSync(out, { recursive: true })
  const [before, after] = [
    ['base', base],
    ['head', HEAD],
  ].map(([name, root]) => {
    const file = join(out, `${name}.json`)
    octet(
      root,
      'bench',
      ...flags,
      '--tune',
      '0',
      '--no-report',
      '--out',
      join(out, 'runs', name),
      '--json',
      file,
    )
    return { file, run: parseRun(JSON.parse(readFileSync(file, 'utf8'))) }
  })
  octet(HEAD, 'report', after.file, before.file, '--out', join(out, 'site'))
  const times = join(out, 'times.json')
  const raced = ['--workload', '--kernels', '--precision', '--adapter'].flatMap((flag) => {
    const at = flags.indexOf(flag)
    return at < 0 ? [] : flags.slice(at, at + 2)
  })
  octet(HEAD, 'bench', '--against', base, '--quick', ...raced, '--json', times)
  const verdict = judge({
    pull: Number(PULL),
    before: before.run,
    after: after.run,
    weights: [weigh(base), weigh(HEAD)],
    changesets: announced(base, HEAD),
    raced: JSON.parse(readFileSync(times, 'utf8')),
  })
  const view = GITHUB_RUN_ID
    ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
    : 'site/index.html#compare'
  const words = verdictMarkdown(verdict, view)
  writeFileSync(join(out, 'verdict.json'), `${JSON.stringify(verdict, undefined, 1)}\n`)
  writeFileSync(join(out, 'comment.md'), words)
  if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, words)
  console.log(words)
  process.exitCode = verdict.holds ? 0 : 1
} finally {
  if (!built && existsSync(base)) run(HEAD, 'git', 'worktree', 'remove', '--force', base)
  rmSync(parent, { recursive: true, force: true })
}

function run(/** @type {string} */ cwd, /** @type {string} */ program, /** @type {string[]} */ ...args) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}
