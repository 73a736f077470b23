// How often comparisons of times are wrong, on this machine as it is now (docs/statistics.md):
//   node packages/bench/experiments/between-runs.mjs self TRIALS     a build against itself: false alarms
//   node packages/bench/experiments/between-runs.mjs planted TRIALS  10% more work in a kernel of half a program: found
//   node packages/bench/experiments/between-runs.mjs runs RUNS       octet compare of all pairs of so many quick runs
// What is planted is exact: a package of kernels-wasm's kernels that runs one op of the program once more in every ten
// inferences, and gives the same answers. A time longer by 5% means that the op takes half of the program. Flags behind
// TRIALS go to octet bench.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compareRuns, parseRun } from '@octet/results'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FLAGS = [
  '--workload',
  'mnist-cnn',
  '--precision',
  'int8,fp32',
  '--weight-bits',
  '8',
  '--granularity',
  'per-channel',
]
/** The slower op, and the program in which it takes about half of the time. */
const PLANTED = { op: 'Conv', channels: 8, program: /\/fp32\// }
const [mode, trials = '20', ...flags] = process.argv.slice(2)
const temporary = mkdtempSync(join(tmpdir(), 'octet-between-'))
try {
  console.log(`load average before: ${loads()}`)
  if (mode === 'self') self()
  else if (mode === 'planted') planted()
  else if (mode === 'runs') runs()
  else throw new Error(`there is no experiment ${mode}`)
  console.log(`load average after: ${loads()}`)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

function loads() {
  return loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')
}

/** The answer of `octet bench --against`, in the build at a folder. */
function against(folder, base, ...more) {
  const args = ['bench', '--against', base, '--quick', '--json', '-', ...FLAGS, ...more, ...flags]
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(folder, 'packages/bench/dist/bin.js'), ...args],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

function self() {
  let alarms = 0
  for (let trial = 1; trial <= Number(trials); trial++) {
    const { programs } = against(ROOT, ROOT, '--kernels', 'wasm', '--adapter', '1 thread')
    const wrong = programs.filter(({ verdict }) => verdict !== 'same')
    alarms += Number(wrong.length > 0)
    console.log(`${trial}: ${programs.map(inWords).join('; ')}`)
  }
  console.log(`${alarms} of ${trials} comparisons of a build with itself raised an alarm`)
}

function planted() {
  const [base, head] = [buildWith('base', 0), buildWith('head', 1)]
  let found = 0
  let wrong = 0
  for (let trial = 1; trial <= Number(trials); trial++) {
    const { programs } = against(head, base, '--kernels', 'planted')
    const [one] = programs.filter(({ program }) => PLANTED.program.test(program))
    found += Number(one.verdict === 'slower')
    wrong += Number(programs.some(({ verdict }) => verdict === 'faster'))
    console.log(`${trial}: ${programs.map(inWords).join('; ')}`)
  }
  console.log(`${found} of ${trials} times the slower kernel was found, ${wrong} times something was faster`)
}

function inWords({ program, ratio, ci95: [lo, hi], verdict }) {
  return `${program} ${ratio.toFixed(3)} [${lo.toFixed(3)}, ${hi.toFixed(3)}] ${verdict}`
}

/** A workspace with this build of octet and the kernels with so many extra runs of the op in ten inferences. */
function buildWith(name, extra) {
  const folder = join(temporary, name)
  const bench = join(folder, 'packages/bench')
  const kernels = join(folder, 'packages/kernels-planted')
  mkdirSync(kernels, { recursive: true })
  cpSync(join(ROOT, 'packages/bench/dist'), join(bench, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'packages/bench/package.json'), join(bench, 'package.json'))
  symlinkSync(join(ROOT, 'packages/bench/node_modules'), join(bench, 'node_modules'))
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n')
  const manifest = { name: 'kernels-planted', type: 'module', octet: { kernels: './index.js' } }
  writeFileSync(join(kernels, 'package.json'), JSON.stringify(manifest))
  writeFileSync(
    join(kernels, 'index.js'),
    `import wasm from ${JSON.stringify(join(ROOT, 'packages/kernels-wasm/dist/index.js'))}
const isPlanted = ({ op: { spec } }) => spec.op === '${PLANTED.op}' && spec.inputs[0].shape[1] === ${PLANTED.channels}
const copies = 10
const timed = (device) => async (steps, n) => {
  const extra = Array.from({ length: ${extra} }, () => steps.filter(isPlanted)).flat()
  const all = [...extra, ...Array.from({ length: copies }, () => steps).flat()]
  const { clock, ns } = await device.time(all, Math.ceil(n / copies))
  return { clock, ns: ns.map((one) => one / copies) }
}
export default {
  ...wasm,
  id: 'planted',
  open: async (host) => {
    const device = await wasm.open({ ...host, adapter: '1 thread' })
    if (!('submit' in device)) return device
    const time = timed(device)
    return new Proxy(device, {
      get: (target, name) => {
        if (name === 'time') return time
        const value = target[name]
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  },
}
`,
  )
  return folder
}

function runs() {
  const out = join(temporary, 'results')
  const made = []
  for (let run = 0; run < Number(trials); run++) {
    const args = ['bench', '--quick', '--no-report', '--out', out, '--json', '-', ...flags]
    const told = execFileSync(process.execPath, [join(ROOT, 'packages/bench/dist/bin.js'), ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    made.push(parseRun(JSON.parse(told)))
    const unstable = made.at(-1).cells.filter(({ status }) => status === 'unstable').length
    console.log(
      `run ${run + 1}: ${made.at(-1).cells.length} cells, ${unstable} unstable; load average ${loads()}`,
    )
  }
  const pairs = made.flatMap((before, i) => made.slice(i + 1).map((after) => [before, after]))
  const times = pairs.map(([before, after]) => compareRuns(before, after, made))
  const alarming = times.filter(({ differences }) => differences.some(({ figure }) => figure === 'latency'))
  const judged = times.map((one) => one.judged.time)
  console.log(
    `${alarming.length} of ${pairs.length} pairs of equal runs raised an alarm; times judged in a pair: ` +
      `${Math.min(...judged)} to ${Math.max(...judged)}`,
  )
  // Five runs are the history, the sixth is before; in the last a program is slower by 30%.
  if (made.length < 7) return
  const [before, after] = made.slice(5, 7)
  const programs = [
    ...new Set(after.cells.filter(({ status, latency }) => status === 'ok' && latency).map(programOf)),
  ]
  const found = programs.filter((program) => {
    const slower = {
      ...after,
      cells: after.cells.map((cell) => (cell.latency && programOf(cell) === program ? slowed(cell) : cell)),
    }
    const { differences } = compareRuns(before, slower, made.slice(0, 5))
    const keys = new Set(
      after.cells.filter((cell) => cell.latency && programOf(cell) === program).map(({ key }) => key),
    )
    return differences.some(
      ({ figure, key, verdict }) => figure === 'latency' && verdict === 'worse' && keys.has(key),
    )
  })
  console.log(
    `with five runs as history, 30% more time in one program was found in ${found.length} of ` +
      `${programs.length} programs`,
  )
}

function programOf({ workload, kernels, adapter, latency }) {
  return [workload, kernels, adapter, latency.shared.program].join(' ')
}

function slowed(cell) {
  const { median, ci95, samples } = cell.latency
  const longer = (ns) => 1.3 * ns
  return {
    ...cell,
    latency: {
      ...cell.latency,
      median: longer(median),
      ci95: ci95.map(longer),
      samples: samples.map(longer),
    },
  }
}
