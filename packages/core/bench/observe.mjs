// How fast one core feeds every calibration strategy at once, beside a loop that only looks for the smallest and
// largest value.
//
//   pnpm --filter @octet/core build && pnpm --filter @octet/core bench:observe [rounds]
//
// Both contenders take the same 64 samples in turn, round by round, so that what slows the machine slows both.
// Printed are the medians over rounds of each one's speed and of their paired ratio of time, with the quartiles of
// that ratio.
import { foldOf } from '../dist/calibrate/fold.js'
import { Observer } from '../dist/index.js'
import { Random } from '../dist/statistics/index.js'

const SAMPLES = 64
const rounds = Number(process.argv[2] ?? 31)

const random = new Random(1)
const normal = () => random.normal()
const batchOf = (perSample, value) => Float32Array.from({ length: SAMPLES * perSample }, value)
const cases = {
  'normal, 65536 values a sample': batchOf(65536, normal),
  'after a Relu, 65536 values a sample': batchOf(65536, () => Math.max(0, normal())),
  'normal, 784 values a sample': batchOf(784, normal),
  'after a Relu, 784 values a sample': batchOf(784, () => Math.max(0, normal())),
}

const sorted = (x) => x.toSorted((a, b) => a - b)
const quantile = (x, p) => sorted(x)[Math.round(p * (x.length - 1))]
const seconds = (work) => {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

function foldsOf(batch) {
  const run = batch.length / SAMPLES
  return Uint8Array.from({ length: SAMPLES }, (_, i) => foldOf(batch.subarray(i * run, (i + 1) * run)))
}

function minmaxLoop(batch) {
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < batch.length; i++) {
    const x = batch[i]
    if (x < min) min = x
    if (x > max) max = x
  }
  return { min, max }
}

console.log(`node ${process.version}, ${process.arch}, ${rounds} rounds`)
for (const [name, batch] of Object.entries(cases)) {
  const repeats = Math.max(1, Math.round(4e6 / batch.length))
  const observer = new Observer('x')
  let kept = 0
  const contenders = {
    observer: () => observer.observe(batch, foldsOf(batch)),
    minmax: () => (kept += minmaxLoop(batch).max),
  }
  const times = { observer: [], minmax: [] }
  for (let round = -3; round < rounds; round++)
    for (const [contender, work] of Object.entries(contenders)) {
      const time = seconds(() => {
        for (let i = 0; i < repeats; i++) work()
      })
      if (round >= 0) times[contender].push(time)
    }
  if (!Number.isFinite(kept)) throw new Error('the minimum and maximum were not computed')
  const speed = (contender) => Math.round((batch.length * repeats) / quantile(times[contender], 0.5) / 1e6)
  const ratio = times.observer.map((time, round) => time / times.minmax[round])
  console.log(
    `${name}: all strategies ${speed('observer')} M values/s, min-max loop ${speed('minmax')} M values/s, ` +
      `time ratio ${quantile(ratio, 0.5).toFixed(2)} [${quantile(ratio, 0.25).toFixed(2)}, ` +
      `${quantile(ratio, 0.75).toFixed(2)}]`,
  )
}
