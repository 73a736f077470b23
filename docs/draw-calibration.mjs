// Draws the histograms of real tensors with the range that each strategy chooses, and writes the figures into
// docs/calibration-strategies.md:
//   node docs/draw-calibration.mjs            # writes the pictures and the tables
//   node docs/draw-calibration.mjs --check    # exit code 1 where a picture or a table is not what core computes
// The observations are those of a sweep: the built-in calibration samples of a workload, in the sweep's batches.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { calibrationBatches } from '../packages/bench/dist/sweep/seen.js'
import { CALIBRATORS } from '../packages/core/dist/calibrate/registry.js'
import {
  accountFor,
  AFFINE_INT8,
  calibrator,
  modelOf,
  observe,
  outline,
  qparamsFromRange,
} from '../packages/core/dist/index.js'
import { openWorkload } from '../packages/workloads/dist/index.js'
import { filled, keep, tableOf } from './markdown.mjs'

const DOCS = fileURLToPath(new URL('.', import.meta.url))
const PAGE = 'calibration-strategies.md'

/** The drawn tensors. Each has a picture and a table of the page, by its name. */
const TENSORS = [
  { name: 'outlier', workload: 'weather-mlp', tensor: 'input' },
  { name: 'spike', workload: 'mnist-cnn', tensor: 'input' },
  { name: 'tail', workload: 'mnist-cnn', tensor: 'relu_4.output' },
]

const STRATEGIES = CALIBRATORS.flatMap((one) => ('member' in one ? one.traits.sweep : one.id))

/** The size of a picture and its parts, in pixels. */
const PICTURE = { width: 720, left: 150, right: 20, top: 40, bars: 150, row: 22, axis: 46 }
const MOST_BINS = 128

const STYLE = `
  .paper { fill: #ffffff } .bar { fill: #8a94a6 } .axis { stroke: #5b6472 } .guide { stroke: #d5dae2 }
  .range { stroke: #0b63c5; stroke-width: 3 } text { fill: #1d2430; font: 13px sans-serif }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #1b1b1f } .bar { fill: #7d879b } .axis { stroke: #a3acbb } .guide { stroke: #3a3f4a }
    .range { stroke: #6fb1ff } text { fill: #e4e8ef }
  }`

const short = (x) => String(Number(x.toFixed(2)))
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** Steps of 1, 2 or 5 times a power of ten, about six of them in a width. */
function ticksOf(lo, hi) {
  const rough = (hi - lo) / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power
  const first = Math.ceil(lo / step)
  return Array.from({ length: Math.floor(hi / step) - first + 1 }, (_, i) => (first + i) * step)
}

function picture({ workload, tensor }, observation, found) {
  const { width, left, right, top, bars, row, axis } = PICTURE
  const { lo, width: bin, counts } = outline(observation.histogram, MOST_BINS)
  const hi = lo + bin * counts.length
  const x = (value) => left + ((value - lo) / (hi - lo)) * (width - left - right)
  const at = (value) => x(value).toFixed(1)
  const tallest = Math.log10(1 + Math.max(...counts))
  const floor = top + bars
  const height = floor + axis + found.length * row + 10
  const title =
    `${workload}, tensor ${tensor}: ${observation.count.toLocaleString('en')} values of ` +
    `${observation.samples} calibration samples`
  const drawn = Array.from(counts, (count, i) => {
    if (count === 0) return ''
    const tall = (Math.log10(1 + count) / tallest) * bars
    const wide = Math.max(0.5, x(lo + bin) - x(lo) - 0.5)
    return (
      `<rect class="bar" x="${at(lo + i * bin)}" y="${(floor - tall).toFixed(1)}" ` +
      `width="${wide.toFixed(1)}" height="${tall.toFixed(1)}"/>`
    )
  }).filter((line) => line !== '')
  const ticks = ticksOf(lo, hi).map(
    (tick) =>
      `<line class="guide" x1="${at(tick)}" y1="${floor}" x2="${at(tick)}" y2="${height - 10}"/>` +
      `<text x="${at(tick)}" y="${floor + 18}" text-anchor="middle">${short(tick)}</text>`,
  )
  const ranges = found.map(({ strategy, range: { min, max } }, i) => {
    const y = floor + axis + i * row
    const ends = [min, max].map(
      (end) => `<line class="range" x1="${at(end)}" y1="${y - 6}" x2="${at(end)}" y2="${y + 6}"/>`,
    )
    return [
      `<text x="${left - 10}" y="${y + 4}" text-anchor="end">${strategy}</text>`,
      `<line class="range" x1="${at(min)}" y1="${y}" x2="${at(max)}" y2="${y}"/>`,
      ...ends,
    ].join('')
  })
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text x="${left}" y="20">${escaped(title)}</text>`,
    `<text x="${left - 10}" y="${top + 12}" text-anchor="end">values in a bin,</text>`,
    `<text x="${left - 10}" y="${top + 28}" text-anchor="end">logarithmic</text>`,
    `<text x="${left - 10}" y="${floor + 18}" text-anchor="end">value</text>`,
    ...ticks,
    ...drawn,
    `<line class="axis" x1="${left}" y1="${floor}" x2="${width - right}" y2="${floor}"/>`,
    ...ranges,
    '</svg>',
  ].join('\n')}\n`
}

function rangesOf(found) {
  const rows = [
    ['strategy', 'from', 'to', 'clipped values', 'SQNR of the tensor'],
    ...found.map(({ strategy, range, account }) => [
      `\`${strategy}\``,
      range.min.toFixed(3),
      range.max.toFixed(3),
      `${(100 * account.clipped).toFixed(3)}%`,
      account.sqnrDb === null ? 'no error' : `${account.sqnrDb.toFixed(1)} dB`,
    ]),
  ]
  return tableOf(rows, (column) => column > 0)
}

/** The observed tensors of a workload, by name. */
async function observed(id) {
  const workload = await openWorkload(id)
  return observe(modelOf(workload.graph), workload.normalizer, calibrationBatches(workload))
}

const files = new Map()
const tables = new Map()
const seen = new Map()
for (const drawn of TENSORS) {
  if (!seen.has(drawn.workload)) seen.set(drawn.workload, await observed(drawn.workload))
  const observation = seen.get(drawn.workload).get(drawn.tensor)
  const found = STRATEGIES.map((strategy) => {
    const range = calibrator(strategy).range(observation, AFFINE_INT8)
    return { strategy, range, account: accountFor(observation, qparamsFromRange(range, AFFINE_INT8)) }
  })
  files.set(`${DOCS}calibration-${drawn.name}.svg`, picture(drawn, observation, found))
  tables.set(drawn.name, `\n${rangesOf(found)}\n`)
}
const page = filled(readFileSync(DOCS + PAGE, 'utf8'), 'list', (name) => {
  const table = tables.get(name)
  if (table === undefined) throw new Error(`docs/${PAGE} has a place for ${name}, which is not drawn`)
  tables.delete(name)
  return table
})
if (tables.size > 0)
  throw new Error(`docs/${PAGE} has no place for the tables of ${[...tables.keys()].join(', ')}`)
keep([...files, [DOCS + PAGE, page]], 'node docs/draw-calibration.mjs')
