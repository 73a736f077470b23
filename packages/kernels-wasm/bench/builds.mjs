// How fast whole models run in one build beside an earlier build: FP32, FP16 and INT8 on one thread, batch 1.
//   node bench/builds.mjs BEFORE [AFTER] [children] [workload ...]
// BEFORE and AFTER are checkouts that are built; AFTER is this one where it is left out or `.`. Each child process
// opens both builds and times them in turn, round by round. A process places memory in its own way, which favours one
// build or the other; so the interval is that of the median over processes. The clock is the process's own CPU time,
// which a busy machine does not lengthen as it does wall time.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuMs, openBuild } from './build.mjs'
import { median, race } from './race.mjs'

const HERE = fileURLToPath(new URL('../../..', import.meta.url))
const CHILD = '--child'
const [before, after = '.', children = '20', ...names] = process.argv
  .slice(2)
  .filter((flag) => flag !== CHILD)
const folders = [before, after === '.' ? HERE : after].map((folder) => resolve(folder))
const workloads = names.length > 0 ? names : ['mnist-cnn', 'fashion-mobilenet', 'weather-mlp']

if (process.argv.includes(CHILD)) {
  console.log(JSON.stringify(await timed()))
  process.exit(0)
}

/** By model and precision: from each process the median ratio of times, AFTER over BEFORE. */
const ratios = new Map()
for (let child = 0; child < Number(children); child++) {
  const order = child % 2 === 0 ? folders : folders.toReversed()
  const flags = [fileURLToPath(import.meta.url), ...order, children, ...workloads, CHILD]
  const { stdout, status, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  for (const [program, ratio] of Object.entries(JSON.parse(stdout)))
    ratios.set(program, [...(ratios.get(program) ?? []), order === folders ? ratio : 1 / ratio])
}
const rank = rankOf95(Number(children))
console.log(
  `${process.version}, ${children} processes; time of AFTER over time of BEFORE: below 1, AFTER is faster`,
)
for (const [program, values] of ratios) {
  const sorted = values.toSorted((a, b) => a - b)
  const [lo, hi] = [sorted[rank], sorted.at(-1 - rank)].map((end) => end.toFixed(3))
  console.log(`${program}: ${median(values).toFixed(3)} [${lo}, ${hi}]`)
}

/** How many values to leave out at each end, so that the rest covers the median with 95% probability at least. */
function rankOf95(n) {
  let [outside, term, rank] = [0, 2 ** -n, 0]
  for (let k = 0; k < n / 2; k++) {
    outside += 2 * term
    if (outside > 0.05) break
    rank = k
    term *= (n - k) / (k + 1)
  }
  return rank
}

/** Median ratios of times, the second build over the first, by model and precision. */
async function timed() {
  const builds = await Promise.all(folders.map(openBuild))
  const answer = {}
  for (const name of workloads) {
    const programs = []
    for (const build of builds) programs.push((await build(name)).loaded)
    for (const precision of Object.keys(programs[0])) {
      const [first, second] = programs.map((loaded) => loaded[precision])
      const turns = { first: () => first.time(1), second: () => second.time(1) }
      const how = { region: 5, pause: 0, clock: cpuMs }
      // Engines compile what runs often again, while it runs.
      await race(turns, { ...how, rounds: 20 })
      const times = await race(turns, { ...how, rounds: 61 })
      answer[`${name} ${precision}`] = median(times.second.map((ms, i) => ms / times.first[i]))
    }
  }
  return answer
}
