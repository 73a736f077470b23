// Shows that the gate of a pull request detects faults: node ci/plant.mjs OUT. OUT is the output of ci/against.mjs.
// Each fault is planted in a copy of the base's run, which the gate then judges as the head. OUT gets planted.txt, with
// a line for each verdict. Exit code 1: a verdict is wrong.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun } from '../packages/results/dist/index.js'
import { FAULTS } from './gate/faults.mjs'
import { judge } from './gate/judge.mjs'
import { weigh } from './gate/weigh.mjs'
import { ROOT } from './octet.mjs'

const before = parseRun(JSON.parse(readFileSync(join(process.argv[2], 'base.json'), 'utf8')))
const raced = { programs: [], notCompared: [] }
const weight = weigh(ROOT)
/** @type {string[]} */
const lines = []
for (const { name, fails, plant } of [
  { name: 'no change', fails: false, plant: structuredClone },
  ...FAULTS,
]) {
  // The planted run must pass the schema: a run that the schema refuses proves nothing.
  const after = parseRun(JSON.parse(JSON.stringify({ ...before, cells: plant(before.cells) })))
  const { holds } = judge({ pull: 0, before, after, weights: [weight, weight], changesets: [], raced })
  lines.push(`${name}: ${holds ? 'passes' : 'fails'}`)
  if (holds !== !fails) process.exitCode = 1
}
const words = `${lines.join('\n')}\n`
writeFileSync(join(process.argv[2], 'planted.txt'), words)
console.log(words)
