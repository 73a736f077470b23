// How long large models take to import, and how much memory: VGG's, ResNet's and MobileNet's shape in files of stated
// size, with seeded weights.
//
//   pnpm --filter @octet/onnx build
//   node packages/onnx/bench/import.mjs [--megabytes 25,100] [--shapes vgg,resnet,mobilenet] [--runs 3]
//
// Every figure is of a process of its own that reads the file, imports it and makes core's layers of it. Printed are
// the shortest time of the runs, CPU seconds beside it, and the largest peak of memory: the most that was resident,
// less what is resident at most in a process that imports the package and no model.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { modelOf } from '../../core/dist/index.js'
import { importOnnx } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '25,100' },
    shapes: { type: 'string', default: 'vgg,resnet,mobilenet' },
    runs: { type: 'string', default: '3' },
    /** Of a process that is measured: the file that it imports, or nothing. */
    measure: { type: 'string' },
  },
})

/** Imports a file, or nothing, and says what it took. */
function measure(file) {
  const [began, before] = [performance.now(), process.cpuUsage()]
  const layers = file === '' ? 0 : modelOf(importOnnx(readFileSync(file))).layers.length
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(before)
  return { layers, seconds, cpu: (user + system) / 1e6, peakBytes: 1024 * process.resourceUsage().maxRSS }
}

const run = (script, args) =>
  execFileSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    encoding: 'utf8',
  })
const measured = (file) => JSON.parse(run('import.mjs', ['--measure', file]))

function table(folder) {
  const runs = Array.from({ length: Number(values.runs) })
  const bare = Math.min(...runs.map(() => measured('').peakBytes))
  console.log(
    `node ${process.version}, ${process.arch}, ${runs.length} runs; without a model ${megabytes(bare)} MB`,
  )
  console.log('| shape | file, MB | s | CPU s | MB/s | peak memory, MB | times the file |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  for (const shape of values.shapes.split(','))
    for (const size of values.megabytes.split(',')) {
      const file = join(folder, `${shape}-${size}.onnx`)
      run('make-model.mjs', [shape, '--megabytes', size, '--out', file])
      const bytes = statSync(file).size
      const all = runs.map(() => measured(file))
      const { seconds, cpu } = all.reduce((best, one) => (one.seconds < best.seconds ? one : best))
      const peak = Math.max(...all.map(({ peakBytes }) => peakBytes)) - bare
      const figures = [megabytes(bytes), seconds.toFixed(2), cpu.toFixed(2), megabytes(bytes / seconds)]
      console.log(`| ${[shape, ...figures, megabytes(peak), (peak / bytes).toFixed(2)].join(' | ')} |`)
      rmSync(file)
    }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)
}

if (values.measure !== undefined) console.log(JSON.stringify(measure(values.measure)))
else {
  const folder = mkdtempSync(join(tmpdir(), 'octet-import-'))
  try {
    table(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
