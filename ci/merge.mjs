// Joins the shards of a sweep: node ci/merge.mjs SHARDS OUT. SHARDS holds run folders at any depth. OUT gets
// runs/*.json and the report, site/index.html. GitHub gives each shard a machine, and `octet merge` refuses times from
// several kinds of machine. Shards of different kinds are then kept as separate runs.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { machineDifferences, parseRun } from '../packages/results/dist/index.js'
import { octet, ROOT } from './octet.mjs'

const [shards, out] = process.argv.slice(2)
const files = readdirSync(shards, { recursive: true, encoding: 'utf8' })
  .filter((file) => basename(file) === 'run.json')
  .map((file) => join(shards, file))
  .toSorted()
if (files.length === 0) throw new Error(`${shards} holds no run.json: the shards left nothing`)
const machines = files.map((file) => parseRun(JSON.parse(readFileSync(file, 'utf8'))).machine)
const alike = machines.every((machine) => machineDifferences(machines[0], machine).length === 0)
mkdirSync(join(out, 'runs'), { recursive: true })
/** @type {string[]} */
let runs
if (alike) {
  const whole = join(out, 'runs', 'run.json')
  octet(ROOT, 'merge', ...files, '--out', join(out, 'whole'), '--no-report', '--json', whole)
  runs = [whole]
} else {
  console.log('::warning::the shards ran on different kinds of machine: each is a run of its own')
  runs = files.map((file) => {
    const copy = join(out, 'runs', `${basename(dirname(file))}.json`)
    copyFileSync(file, copy)
    return copy
  })
}
octet(ROOT, 'report', ...runs, '--out', join(out, 'site'))
