// The tables of docs/performance.md, in Markdown, from a results file: node
// packages/bench/experiments/performance.mjs RUN.json
import { readFileSync } from 'node:fs'
import { median, medianInterval } from '@octet/core/statistics'
import { parseRun } from '@octet/results'

const run = parseRun(JSON.parse(readFileSync(process.argv[2], 'utf8')))
const picked = run.kernels.filter(({ picked = true }) => picked)
const arithmetic = ({ precision, weightBits }) => (weightBits === 4 ? 'W4A8' : precision.toUpperCase())
const short = (value) =>
  value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value < 0.1
        ? value.toFixed(3)
        : value.toFixed(2)
const paired = ({ ratio, ci95: [lo, hi] }) => `${short(ratio)} [${short(lo)}, ${short(hi)}]`
const ms = (ns) => short(ns / 1e6)

function table(heads, rows) {
  console.log(`\n| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}

function kernel(shape, name) {
  return picked.find((one) => one.shape === shape && arithmetic(one) === name)
}

function peerRatios(own, name, precision) {
  return (shape) => {
    const peer = kernel(shape, own)?.peers.find(
      (one) => one.name.startsWith(name) && one.precision === precision,
    )
    return peer && paired(peer)
  }
}

const ownRatio = (name) => (shape) => {
  const found = kernel(shape, name)
  return found?.vsFp32 && paired(found.vsFp32)
}

const GEMMS = picked.filter(({ shape }) => /^gemm (512|1024)x/.test(shape)).map(({ shape }) => shape)
const CONVS = picked
  .filter(
    ({ op, shape, peers }) =>
      op === 'Conv' && !shape.includes('depthwise') && peers.some(({ name }) => name.includes('WebGPU')),
  )
  .map(({ shape }) => shape)
const ORT = 'onnxruntime-node 1.30 WebGPU'
const TARGETS = [
  { name: 'own f32 / tfjs', target: 4, shapes: GEMMS, ratio: peerRatios('FP32', 'tfjs', 'fp32') },
  { name: 'own f32 / jax-js f32', target: 4, shapes: GEMMS, ratio: peerRatios('FP32', '@jax-js', 'fp32') },
  { name: 'own f32 / ORT WebGPU f32', target: 2.5, shapes: GEMMS, ratio: peerRatios('FP32', ORT, 'fp32') },
  { name: 'own f16 / own f32', target: 1.2, shapes: GEMMS, ratio: ownRatio('FP16') },
  { name: 'own i8 / own f32', target: 2.5, shapes: GEMMS, ratio: ownRatio('INT8') },
  {
    name: 'own i8 / ORT WebGPU MatMulNBits-8',
    target: 5,
    shapes: GEMMS,
    ratio: peerRatios('INT8', ORT, 'MatMulNBits 8-bit'),
  },
  { name: 'own i8 / ORT WebGPU f32', target: 7, shapes: GEMMS, ratio: peerRatios('INT8', ORT, 'fp32') },
  {
    name: 'quantized conv2d / ORT WebGPU f32 conv2d',
    target: 4,
    shapes: CONVS,
    ratio: peerRatios('INT8', ORT, 'fp32'),
  },
]
const adapters = run.machine.adapters.map(({ name, driver }) => `${name}, ${driver}`).join('; ')
console.log(
  `${run.machine.cpu}, ${run.machine.cores} cores; ${adapters}; ${run.machine.runtime}; ` +
    `${run.run.startedAt}; commit ${run.run.commit.slice(0, 7)}${run.run.dirty ? ' with changes' : ''}`,
)
table(
  ['ratio', 'target', 'shape', 'measured [95%]'],
  TARGETS.flatMap(({ name, target, shapes, ratio }) =>
    [...new Set(shapes)]
      .map((shape) => [name, `>= ${target}`, shape, ratio(shape)])
      .filter((row) => row[3] !== undefined),
  ),
)
for (const { unit, rate, by } of run.peaks ?? []) console.log(`\npeak ${unit}: ${short(rate)} (${by})`)
table(
  [
    'shape',
    'precision',
    'variant',
    'GOP/s',
    'GB/s',
    'of peak',
    'first dispatch, ms',
    'speed over own FP32 [95%]',
  ],
  picked.map((one) => [
    one.shape,
    arithmetic(one),
    one.variant,
    one.gops > 0 ? short(one.gops) : '',
    short(one.gbps),
    one.ofPeak ? `${Math.round(100 * one.ofPeak.share)}% ${one.ofPeak.unit}` : '',
    one.firstDispatchNs ? ms(one.firstDispatchNs) : '',
    one.vsFp32 ? paired(one.vsFp32) : '',
  ]),
)
const peers = [
  ...new Set(picked.flatMap((one) => one.peers.map(({ name, precision }) => `${name} ${precision}`))),
]
table(
  ['shape', 'ours', ...peers, 'drift'],
  picked
    .filter((one) => one.peers.length > 0)
    .map((one) => {
      const ratios = peers.map((name) => {
        const peer = one.peers.find((other) => `${other.name} ${other.precision}` === name)
        return peer ? paired(peer) : ''
      })
      return [one.shape, arithmetic(one)].concat(ratios, one.drift?.toFixed(2) ?? '')
    }),
)
table(
  [
    'model',
    'by',
    'precision',
    'end to end, ms [95%]',
    'overhead, ms',
    'the rest, ms',
    'speed over own FP32 [95%]',
    'time over ours [95%]',
  ],
  (run.models ?? []).flatMap(({ workload, times }) =>
    times.map(({ by, precision, samples, overhead, vsFp32, ours = [] }) => {
      const [lo, hi] = medianInterval(samples)
      const rest = samples.map((ns, round) => Math.max(0, ns - overhead[round]))
      return [
        workload,
        by,
        precision.toUpperCase(),
        `${ms(median(samples))} [${ms(lo)}, ${ms(hi)}]`,
        ms(median(overhead)),
        ms(median(rest)),
        vsFp32 ? paired(vsFp32) : '',
        ours.map((one) => `${one.precision.toUpperCase()} ${paired(one.ratio)}`).join(', '),
      ]
    }),
  ),
)
