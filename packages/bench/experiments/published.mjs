// What ONNX Runtime makes of the INT8 models that octet quantize writes of models as their authors publish them:
// docs/certificates.md has what it printed.
//
//   pnpm build
//   node packages/bench/experiments/published.mjs [--runtime onnxruntime-web] [--json FILE] FOLDER...
//
// A folder holds model_fp32.onnx and io.json, with the names, types and shapes of inputs and outputs. Each output is
// quantized on its own, on noise (mean 0.5, deviation 0.5), which is no calibration data for any of these models:
// judged is the file, not its accuracy. Four figures compare outputs on the same samples, as SQNR in dB:
//
// - octet: Octet's integers with its FP32;
// - runtime: ONNX Runtime's result from the same file with its own FP32, without optimizations;
// - itself: ONNX Runtime's result from the file with its default optimizations and with none.
//
// The last column is the verdict of octet verify.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fidelityOf, TASKS, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { formatNpy } from '@octet/workloads'
import { installRuntimes, RUNTIMES_FOLDER } from '../dist/certificate/runtime/install.js'
import { importPeer } from '../dist/peers/library/import.js'

const [CALIBRATION, EVALUATION] = [8, 8]
const OCTET = fileURLToPath(new URL('../dist/bin.js', import.meta.url))
const RUNTIME_IDS = { 'onnxruntime-node': 'ort-node', 'onnxruntime-web': 'ort-web' }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, runtime: { type: 'string', default: 'onnxruntime-node' } },
})
await installRuntimes(() => console.error('installing ONNX Runtime'))
const ort = await importPeer(values.runtime, RUNTIMES_FOLDER)
if (ort.env.wasm !== undefined) ort.env.wasm.numThreads = 1

function octet(...args) {
  const { status, stderr } = spawnSync(process.execPath, [OCTET, ...args], { encoding: 'utf8' })
  return { status, said: stderr.trim().split('\n').at(-1) }
}

/** Samples of an input: all that come after its first axis. */
function noise(shape, count, seed) {
  const random = new Random(seed)
  const size = shape.slice(1).reduce((product, one) => product * one, 1)
  // The sum of twelve numbers of [0, 1) is near to a normal one, of deviation 1.
  const normal = () => Array.from({ length: 12 }, () => random.uniform()).reduce((sum, x) => sum + x, -6)
  return tensor(
    'float32',
    [count, ...shape.slice(1)],
    Float32Array.from({ length: count * size }, () => 0.5 + 0.5 * normal()),
  )
}

/** States of the models that have some, and inputs that are constants. */
function flagsOf(inputs, outputs) {
  const fixed = inputs.filter(({ dtype }) => dtype !== 'float32')
  const [state] = inputs.filter(({ name }) => name === 'state')
  return [
    ...fixed.flatMap(({ name }) => ['--set', `${name}=16000`]),
    ...(state === undefined
      ? []
      : ['--state', `state=${outputs.find(({ name }) => name.startsWith('state')).name}`]),
  ]
}

/** What a model yields for samples one after the other; a state is carried on. */
async function computed(bytes, { inputs, x, count, output }, graphOptimizationLevel) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, graphOptimizationLevel })
  const of = new Map(inputs.map((input) => [input.name, input]))
  const [first] = inputs
  const size = x.data.length / x.shape[0]
  let state
  const found = []
  for (let i = 0; i < count; i++) {
    const feeds = {}
    for (const name of session.inputNames) {
      const { shape, dtype } = of.get(name)
      if (dtype === 'int64') feeds[name] = new ort.Tensor('int64', BigInt64Array.of(16000n), shape)
      else if (name === first.name)
        feeds[name] = new ort.Tensor('float32', x.data.slice(i * size, (i + 1) * size), [
          1,
          ...shape.slice(1),
        ])
      else
        feeds[name] = new ort.Tensor(
          'float32',
          state ?? new Float32Array(shape.reduce((all, one) => all * one, 1)),
          shape,
        )
    }
    const outputs = await session.run(feeds)
    state = outputs[session.outputNames.find((name) => name.startsWith('state'))]?.data
    found.push(outputs[output].data)
  }
  await session.release()
  return Float32Array.from(found.flatMap((values) => Array.from(values)))
}

/** As octet quantize has it: the signal is the deviation from the mean of all outputs; null for equal outputs. */
function sqnrOf(outputs, expected, samples) {
  return fidelityOf(TASKS.none, outputs, expected, samples)?.sqnrDb
}

function verdictOf(file, folder) {
  const json = join(folder, 'verdict.json')
  const { status, said } = octet('verify', file, '--runtime', RUNTIME_IDS[values.runtime], '--json', json)
  if (status === 2) return { said }
  const { holds, tensors, integers, differing } = JSON.parse(readFileSync(json, 'utf8'))
  const counts = {}
  for (const { op, kind, elements } of differing.filter((one) => one.kind !== 'behind'))
    counts[`${op}, ${kind}`] = (counts[`${op}, ${kind}`] ?? 0) + elements
  return { holds, tensors, integers, counts }
}

function inWords({ said, holds, tensors, integers, counts }) {
  if (said !== undefined) return said
  const inside = `${tensors.equal} of ${tensors.compared} tensors equal, ${integers} integers`
  return [
    holds ? 'holds' : 'refuted',
    inside,
    ...Object.entries(counts).map(([what, count]) => `${what}: ${count}`),
  ].join('; ')
}

const rows = []
for (const source of positionals) {
  const model = join(source, 'model_fp32.onnx')
  const { inputs, outputs } = JSON.parse(readFileSync(join(source, 'io.json'), 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'octet-published-'))
  const [calib, x] = [noise(inputs[0].shape, CALIBRATION, 1), noise(inputs[0].shape, EVALUATION, 2)]
  const [c, e] = ['c.npy', 'e.npy'].map((name) => join(folder, name))
  writeFileSync(c, formatNpy(calib))
  writeFileSync(e, formatNpy(x))
  try {
    for (const { name: output } of outputs.filter(({ name }) => !name.startsWith('state'))) {
      const [file, json] = [join(folder, 'model.onnx'), join(folder, 'quantized.json')]
      const data = ['--calib', c, '--eval', e, '--normalize', 'none', '--calibration', 'minmax']
      const flags = [...flagsOf(inputs, outputs), '--output', output, '--out', file, '--json', json]
      const { status, said } = octet('quantize', model, ...data, ...flags)
      const name = `${basename(source)}, ${output}`
      if (status !== 0) {
        rows.push({ name, said })
        console.log(`| ${name} | ${said} |`)
        continue
      }
      const { judgement } = JSON.parse(readFileSync(json, 'utf8'))
      const given = { inputs, x, count: judgement.samples, output }
      const fp32 = await computed(readFileSync(model), given, 'disabled')
      const bytes = readFileSync(file)
      const int8 = await computed(bytes, given, 'all')
      const plain = await computed(bytes, given, 'disabled')
      const row = {
        name,
        samples: judgement.samples,
        octet: judgement.sqnrDb,
        runtime: sqnrOf(int8, fp32, judgement.samples),
        itself: sqnrOf(int8, plain, judgement.samples),
        verdict: verdictOf(file, folder),
      }
      rows.push(row)
      const figures = [row.octet, row.runtime, row.itself].map((value) => value?.toFixed(2) ?? 'equal')
      console.log(`| ${[name, row.samples, ...figures, inWords(row.verdict)].join(' | ')} |`)
    }
  } catch (error) {
    console.error(`${source}: ${error.stack}`)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
