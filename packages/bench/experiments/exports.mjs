// What ONNX Runtime makes of the models that octet quantize writes: docs/certificates.md has what it printed.
//
//   pnpm build
//   node packages/bench/experiments/exports.mjs [--runtime onnxruntime-web] [--samples N] [--json FILE] [WORKLOAD...]
//
// A workload is a built-in id or a folder; QAT is part of the sweep of a workload that has training samples. Every INT8
// cell of min-max and a plan of mixed precision is written by `octet quantize` and read back by Octet, which computes
// all evaluation samples with its own integers. onnxruntime-node 1.30, or onnxruntime-web 1.30, computes the same
// samples from the same file, with its default optimizations and with none. Counted are the outputs that differ at all,
// the largest difference, and the samples whose largest output is another. The ops that ONNX Runtime computes in float
// are read from the model that it optimized. `octet verify` then compares the integers inside of each model for the
// first 100 samples: the row says which ops make integers of their own that differ, though all that they read is equal.
// Cells that failed or were skipped are named on stderr, and have no row.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { load, lower, tensor } from '@octet/core'
import { importQuantizedOnnx } from '@octet/onnx'
import { batchOf, openWorkload, sizeOf } from '@octet/workloads'
import wasm from '../../kernels-wasm/dist/index.js'
import { installRuntimes, RUNTIMES_FOLDER } from '../dist/certificate/runtime/install.js'
import { importPeer } from '../dist/peers/library/import.js'

const BATCH = 10
/** Samples for which the integers inside of a model are compared. */
const VECTORS = '100'
/** Named, because both packages share one list of backends and would take the first of it. */
const PROVIDERS = { 'onnxruntime-node': ['cpu'], 'onnxruntime-web': ['wasm'] }
const RUNTIME_IDS = { 'onnxruntime-node': 'ort-node', 'onnxruntime-web': 'ort-web' }
/** A file is judged here, not a training. */
const QAT_STEPS = '60'
/** What a float Conv, Gemm or MatMul is called in a model that ONNX Runtime optimized. */
const FLOAT_OPS = /^(Conv|FusedConv|NhwcFusedConv|Gemm|FusedGemm|MatMul|FusedMatMul)$/
const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const OCTET = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string' },
    json: { type: 'string' },
    runtime: { type: 'string', default: 'onnxruntime-node' },
  },
})
const workloads = positionals.length > 0 ? positionals : ['mnist-cnn', 'fashion-mobilenet', 'weather-mlp']

await installRuntimes(() => console.error('installing ONNX Runtime'))
const ort = await importPeer(values.runtime, RUNTIMES_FOLDER)
// onnxruntime-web cannot write the model that it optimized.
const native = await importPeer('onnxruntime-node', RUNTIMES_FOLDER)
const { decoded } = await import('../../onnx/dist/description.js')

/** @param most the highest exit code that is an answer */
function octet(args, most = 0) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [OCTET, ...args], { encoding: 'utf8' })
  if (status === null || status > most)
    throw new Error(`octet ${args.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}

/** The files that a user would write: a cell of each kind from one run, and a plan. */
function exportsOf(workload, { training }, folder) {
  const out = join(folder, 'results')
  const narrow = [
    '--calibration',
    'minmax',
    '--precision',
    'int8',
    '--kernels',
    'wasm',
    '--quick',
    '--no-report',
  ]
  octet([
    'bench',
    '--workload',
    workload,
    ...narrow,
    '--method',
    training === undefined ? 'ptq' : 'ptq,qat',
    '--qat-steps',
    QAT_STEPS,
    '--out',
    out,
    '--json',
    join(folder, 'run.json'),
  ])
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
  const kept = join(out, run.run.id)
  const cells = run.cells.filter(({ precision }) => precision === 'int8')
  const isWhole = ({ status }) => status === 'ok' || status === 'unstable'
  for (const { key, status, reason } of cells.filter((cell) => !isWhole(cell)))
    console.error(`${key} has no row, as it is ${status}: ${reason}`)
  const files = cells.filter(isWhole).map(({ key, method, weights }, i) => {
    const file = join(folder, `${i}.onnx`)
    octet(['quantize', `${kept}:${key}`, '--out', file, '--vectors', VECTORS])
    return { what: `${method === 'qat' ? 'QAT ' : ''}W${weights.bits} ${weights.granularity}`, file }
  })
  const plan = join(folder, 'plan.json')
  octet(['plan', workload, '--json', plan])
  const file = join(folder, 'plan.onnx')
  octet(['quantize', workload, '--plan', plan, '--out', file, '--vectors', VECTORS])
  return [...files, { what: 'plan', file }]
}

/** All evaluation samples as the model reads them. */
function* batches({ evaluation, normalizer: { offset, scale } }, count) {
  for (let at = 0; at < count; at += BATCH) {
    const { shape, data } = batchOf(evaluation, at, Math.min(BATCH, count - at))
    const each = data.length / shape[0] / offset.length
    const channel = (i) => Math.floor(i / each) % offset.length
    const normalized = Float32Array.from(
      data,
      (x, i) => Math.fround(x - offset[channel(i)]) * scale[channel(i)],
    )
    yield tensor('float32', shape, normalized)
  }
}

async function byOctet(bytes, workload, count) {
  const device = await wasm.open({ runtime: 'node', adapter: 'auto' })
  const model = importQuantizedOnnx(bytes)
  const executions = new Map()
  const outputs = []
  for (const x of batches(workload, count)) {
    const [batch] = x.shape
    if (!executions.has(batch))
      executions.set(batch, await load(lower(model, { batch, normalizer: RAW }), device))
    outputs.push(...(await executions.get(batch).run(x)).data)
  }
  await device.dispose()
  return outputs
}

async function byOnnxRuntime(bytes, workload, count, options) {
  const executionProviders = PROVIDERS[values.runtime]
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    executionProviders,
    ...options,
  })
  const outputs = []
  for (const { shape, data } of batches(workload, count)) {
    const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', data, shape) }
    outputs.push(...(await session.run(feeds))[session.outputNames[0]].data)
  }
  await session.release()
  return outputs
}

function classesOf(outputs, count) {
  const width = outputs.length / count
  return Array.from({ length: count }, (_, i) => {
    const row = outputs.slice(i * width, (i + 1) * width)
    return row.indexOf(Math.max(...row))
  })
}

function compared(mine, theirs, labels) {
  const count = labels.length
  const [own, other] = [classesOf(mine, count), classesOf(theirs, count)]
  const right = (classes) => classes.filter((one, i) => one === labels[i]).length / count
  const apart = mine.map((value, i) => Math.abs(value - theirs[i])).filter((difference) => difference > 0)
  return {
    differ: apart.length,
    largest: Math.max(0, ...apart),
    agree: own.filter((one, i) => one === other[i]).length / count,
    accuracy: right(other),
  }
}

/** The ops that ONNX Runtime computes in float, from the model that it optimized. */
async function floatOps(bytes, folder) {
  const optimizedModelFilePath = join(folder, 'optimized.onnx')
  const options = { logSeverityLevel: 4, optimizedModelFilePath }
  await (await native.InferenceSession.create(bytes, options)).release()
  const { graph } = decoded(readFileSync(optimizedModelFilePath))
  return graph.node.map(({ opType }) => opType).filter((op) => FLOAT_OPS.test(op))
}

/** What `octet verify` finds inside of a model: how many integers of which ops differ from equal inputs. */
function inside(file, folder) {
  const json = join(folder, 'verdict.json')
  octet(['verify', file, '--runtime', RUNTIME_IDS[values.runtime], '--json', json], 1)
  const { holds, integers, differing } = JSON.parse(readFileSync(json, 'utf8'))
  const own = differing.filter(({ kind, op }) => kind !== 'behind' && op !== 'output')
  const ops = {}
  for (const { op, elements } of own) ops[op] = (ops[op] ?? 0) + elements
  return { holds, integers, ops }
}

function inWords({ holds, integers, ops }) {
  const counts = Object.entries(ops).map(([op, count]) => `${op}: ${count}`)
  const refuted = holds ? '' : ', and octet verify refutes the runtime'
  return `${counts.join(', ') || '0'} of ${integers}${refuted}`
}

const rows = []
for (const name of workloads) {
  const workload = await openWorkload(name)
  const count = Math.min(sizeOf(workload.evaluation), Number(values.samples ?? Infinity))
  const labels = Array.from(workload.evaluation.y).slice(0, count)
  const folder = mkdtempSync(join(tmpdir(), 'octet-exports-'))
  try {
    for (const { what, file } of exportsOf(name, workload, folder)) {
      const bytes = readFileSync(file)
      const mine = await byOctet(bytes, workload, count)
      const optimized = compared(mine, await byOnnxRuntime(bytes, workload, count, {}), labels)
      const plain = compared(
        mine,
        await byOnnxRuntime(bytes, workload, count, { graphOptimizationLevel: 'disabled' }),
        labels,
      )
      const own = compared(mine, mine, labels).accuracy
      const float = await floatOps(bytes, folder)
      const inner = inside(file, folder)
      const row = {
        workload: workload.id ?? name,
        what,
        samples: count,
        outputs: mine.length,
        own,
        optimized,
        plain,
        float,
        inner,
      }
      rows.push(row)
      const percent = (share) => `${(100 * share).toFixed(2)}%`
      const cells = [
        row.workload,
        what,
        `${optimized.differ} of ${mine.length}`,
        String(Number(optimized.largest.toPrecision(2))),
        percent(optimized.agree),
        percent(own),
        percent(optimized.accuracy),
        float.length === 0 ? 'none' : float.join(' '),
        percent(plain.agree),
        inWords(inner),
      ]
      console.log(`| ${cells.join(' | ')} |`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
