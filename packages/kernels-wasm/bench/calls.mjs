// What a call takes beside its computing: a run from host to host beside the steady time on the device, FP32 and INT8
// at batch 1 on one thread, of this build and of an earlier one. The clock is the process's own CPU time,
// and of many short turns the shortest counts.
//   node bench/calls.mjs [BEFORE] [workload ...]
// BEFORE is a checkout that is built; `.` or left out: this build alone.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuMs, openBuild } from './build.mjs'
import { race } from './race.mjs'

/** Runs of a turn: a clock reading takes about as long as a small run. */
const COPIES = 50
const HERE = fileURLToPath(new URL('../../..', import.meta.url))
const [before = '.', ...names] = process.argv.slice(2)
const folders = before === '.' ? [HERE] : [resolve(before), HERE]
const workloads = names.length > 0 ? names : ['weather-mlp', 'fashion-mobilenet']
const builds = await Promise.all(folders.map(openBuild))

console.log(`${process.version}; us: on the device, host to host, and the difference`)
for (const name of workloads) {
  const programs = await Promise.all(builds.map((build) => build(existsSync(name) ? resolve(name) : name)))
  for (const precision of ['fp32', 'int8']) {
    const contenders = {}
    for (const [i, { loaded, x }] of programs.entries()) {
      contenders[`device ${i}`] = () => loaded[precision].time(COPIES)
      contenders[`whole ${i}`] = async () => {
        for (let copy = 0; copy < COPIES; copy++) await loaded[precision].run(x)
      }
    }
    const how = { region: 1, pause: 0, clock: cpuMs }
    await race(contenders, { ...how, rounds: 20 })
    const times = await race(contenders, { ...how, rounds: 121 })
    const us = (name) => (1000 * Math.min(...times[name])) / COPIES
    for (const [i, folder] of folders.entries()) {
      const [device, whole] = [us(`device ${i}`), us(`whole ${i}`)]
      const figures = [device, whole, whole - device].map((value) => value.toFixed(2).padStart(8))
      console.log(`${figures.join(' ')}  ${name} ${precision}, ${folder}`)
    }
  }
}
process.exit(0)
