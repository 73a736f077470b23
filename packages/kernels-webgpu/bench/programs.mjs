// Whole models at batch 1 by every way to join their steps, host to host, each checked against the reference.
//   node bench/programs.mjs [--adapter lavapipe] [--rounds 31] [--before CHECKOUT] [workload|folder ...]
// With --before the models also run on the build of an earlier checkout, in the same rounds. Ratios are paired by
// round:
// the time of the list of ops (or of the earlier build) over that of the other.
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    adapter: { type: 'string', default: 'lavapipe' },
    rounds: { type: 'string', default: '31' },
    before: { type: 'string' },
  },
})
const HERE = fileURLToPath(new URL('../../..', import.meta.url))
const workloads = positionals.length > 0 ? positionals : ['weather-mlp', 'mnist-cnn', 'fashion-mobilenet']
const host = { runtime: 'node', adapter: flags.adapter }

const builds = [await buildIn(HERE, 'now')]
if (flags.before !== undefined) builds.push(await buildIn(resolve(flags.before), 'before'))

for (const workload of workloads)
  for (const precision of ['int8', 'fp32']) {
    const contenders = []
    for (const build of builds) contenders.push(...(await contendersOf(build, workload, precision)))
    await race(contenders)
    report(workload, precision, contenders)
    for (const { execution } of contenders) await execution.dispose()
  }
process.exit(0)

/** The parts of a checkout that is built, and its device. */
async function buildIn(folder, name) {
  const part = (path) => import(pathToFileURL(`${folder}/packages/${path}/dist/index.js`).href)
  const [core, data, kernels] = await Promise.all(['core', 'workloads', 'kernels-webgpu'].map(part))
  const device = await kernels.default.open(host)
  if ('unavailable' in device) throw new Error(`${device.unavailable}: ${device.mend}`)
  return { name, core, data, device }
}

async function contendersOf({ name, core, data, device }, workload, precision) {
  const { graph, normalizer, calibration } = await data.openWorkload(workload)
  const model = core.modelOf(graph)
  const batches = [0, 32].map((start) => data.batchOf(calibration, start, 32))
  const source =
    precision === 'fp32'
      ? { precision, model }
      : await new core.Calibration(model, normalizer, batches).quantize({
          calibration: 'minmax',
          activations: core.AFFINE_INT8,
          weights: { ...core.SYMMETRIC_INT8, bits: 8, granularity: 'per-channel' },
        })
  const program = core.lower(source, { batch: 1, normalizer })
  const sample = data.batchOf(calibration, 0, 1)
  const reference = await core.load(program, core.openReference())
  const expected = await reference.run(sample)
  const ways = device.compile === undefined ? [undefined] : device.compilations(core.listOf(program))
  const contenders = []
  for (const way of ways) {
    const execution = await core.load(program, through(device, way))
    const output = await execution.run(sample)
    const worst = Math.max(...output.data.map((value, i) => Math.abs(value - expected.data[i])))
    const ns = []
    contenders.push({ name: `${name} ${way ?? 'list'}`, execution, sample, worst, ns })
  }
  return contenders
}

/** The device, which joins steps in this way. */
function through(device, way) {
  if (way === undefined) return device
  return new Proxy(device, {
    get: (target, name) => {
      if (name === 'compile') return (list) => target.compile(list, way)
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Runs in turn, as many a turn as take 20 ms. */
async function race(contenders) {
  for (const one of contenders) one.repeats = Math.max(1, Math.round(20e6 / (await turn(one, 5))))
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const one of round % 2 === 0 ? contenders : contenders.toReversed())
      one.ns.push(await turn(one, one.repeats))
}

async function turn({ execution, sample }, repeats) {
  const begin = performance.now()
  for (let i = 0; i < repeats; i++) await execution.run(sample)
  return ((performance.now() - begin) * 1e6) / repeats
}

function report(workload, precision, contenders) {
  const base =
    contenders.find(({ name }) => name.startsWith('before')) ??
    contenders.find(({ name }) => name === 'now list')
  for (const { name, execution, worst, ns } of contenders) {
    const ratios = base.ns.map((time, round) => time / ns[round]).toSorted((a, b) => a - b)
    const quarter = ratios.length >> 2
    const spread = [ratios[quarter], ratios.at(-1 - quarter)].map((ratio) => ratio.toFixed(2)).join(' to ')
    console.log(
      [
        `${workload} ${precision} ${name}`.padEnd(44),
        `${execution.dispatches ?? execution.program.steps.length} dispatches`.padStart(14),
        `${(median(ns) / 1e3).toFixed(0)} us`.padStart(9),
        `${base.name} over it ${median(ratios).toFixed(2)} (quartiles ${spread})`,
        `largest difference ${worst}`,
      ].join('  '),
    )
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}
