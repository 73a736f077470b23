// Plays the workflows on this machine, step by step: node ci/play.mjs OUT. The base is the commit before this one, or
// this build if there is no earlier commit. The sweep is of one workload on the CPU. OUT gets everything that the
// workflows would publish: site/ for Pages, against/comment.md for a pull request, history.git as the repository. At
// the end, the gate must detect each planted fault.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkVerdict } from './gate/verdict.mjs'
import { ROOT } from './octet.mjs'

const out = resolve(process.argv[2] ?? join('results', 'play'))
const SWEEP =
  process.env['OCTET_SWEEP'] ??
  '--workload weather-mlp --quick --kernels reference --precision fp32,int8 --calibration minmax'
/** The path of the documentation on Pages, for a repository called octet. */
const DOCS = '/octet/docs/'
const at = (/** @type {string[]} */ ...parts) => join(out, ...parts)

mkdirSync(out, { recursive: true })
const remote = at('history.git')
step('git', 'init', '-q', '--bare', remote)

console.log('bench.yml, twice on main: shards, then one run of them, which pages.yml publishes')
for (const day of ['first', 'second']) {
  for (const shard of ['1/2', '2/2']) script('sweep', shard, at(day, 'shards', shard[0]))
  script('merge.mjs', at(day, 'shards'), at(day, 'merged'))
  script('open-history', remote, at(day, 'history'))
  script('site.mjs', at(day, 'merged', 'runs'), at(day, 'history'), at(day, 'site'))
  script('push-history', remote, at(day, 'site', 'history'))
}

script('docs', at('second', 'site', 'docs'))

console.log('bench.yml on a pull request, and its comment')
script('against.mjs', baseOf(), at('against'))
checkVerdict(JSON.parse(readFileSync(at('against', 'verdict.json'), 'utf8')))
console.log('faults, planted in the base of that comparison')
script('plant.mjs', at('against'))
console.log(readFileSync(at('against', 'planted.txt'), 'utf8'))
console.log(`the page: ${at('second', 'site', 'index.html')}\nthe comment: ${at('against', 'comment.md')}`)

/** The commit before this one, or this build. */
function baseOf() {
  try {
    return execFileSync('git', ['rev-parse', '--verify', '-q', 'HEAD^1'], {
      cwd: ROOT,
      encoding: 'utf8',
    }).trim()
  } catch {
    return ROOT
  }
}

function script(/** @type {string} */ name, /** @type {string[]} */ ...args) {
  step(name.endsWith('.mjs') ? process.execPath : 'bash', join(ROOT, 'ci', name), ...args)
}

function step(/** @type {string} */ program, /** @type {string[]} */ ...args) {
  const start = performance.now()
  execFileSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, OCTET_SWEEP: SWEEP, OCTET_DOCS_BASE: DOCS, PULL: '1' },
  })
  console.log(
    `  ${((performance.now() - start) / 1000).toFixed(1)} s: ${[program, ...args].join(' ').replaceAll(ROOT, '.')}`,
  )
}
