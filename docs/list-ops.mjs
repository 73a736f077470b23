// Lists the ops that Octet reads and computes, in README.md, from the records of the built packages:
//   node docs/list-ops.mjs            # writes the list
//   node docs/list-ops.mjs --check    # exit code 1 where the list is not what the packages say
// A device computes an op in a precision where it supports every case of the conformance kit. The column of WebGPU is
// left as it is where no adapter opens.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PRECISIONS, precisionOf } from '../packages/core/dist/index.js'
import { conformanceCases } from '../packages/core/dist/conformance/index.js'
import wasm from '../packages/kernels-wasm/dist/index.js'
import webgpu from '../packages/kernels-webgpu/dist/index.js'
import { FOLDED_OPS, ONNX_OPS } from '../packages/onnx/dist/index.js'
import { filled, keep, tableOf } from './markdown.mjs'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const HOST = { runtime: 'node', adapter: 'software' }

/** By op and precision: the specs of the kit's cases, less those that only the reference computes. */
const specs = new Map()
for (const { spec } of conformanceCases()) {
  if (spec.fixedPoint !== undefined) continue
  const precisions = specs.get(spec.op) ?? new Map(PRECISIONS.map((precision) => [precision, []]))
  precisions.get(precisionOf(spec)).push(spec)
  specs.set(spec.op, precisions)
}

/** `all` of an op's cases in a precision, `some` of them, or none. */
function share(device, cases) {
  const supported = cases.filter((spec) => device.supports(spec) === true).length
  if (supported === 0) return ''
  return supported === cases.length ? 'all' : 'some'
}

/** What a device says of an op in each precision. */
function cellOf(device, precisions) {
  const shares = PRECISIONS.map((precision) => [precision, share(device, precisions.get(precision))])
  const whole = shares.flatMap(([precision, found]) => (found === 'all' ? [precision] : []))
  const parts = shares.flatMap(([precision, found]) => (found === 'some' ? [`${precision} in part`] : []))
  return [...whole, ...parts].join(', ') || 'falls back'
}

const opened = []
for (const kernels of [wasm, webgpu]) opened.push(await kernels.open(HOST))
const [onWasm, onWebgpu] = opened
if ('unavailable' in onWasm) throw new Error(onWasm.unavailable)

/** Kernels by what devices say of them: those of which they say the same share a row. `known` is the earlier list. */
function kernelsOf(known) {
  const rows = new Map()
  for (const [op, precisions] of [...specs].toSorted(([a], [b]) => a.localeCompare(b))) {
    const cells = [
      PRECISIONS.filter((precision) => precisions.get(precision).length > 0).join(', '),
      cellOf(onWasm, precisions),
      'unavailable' in onWebgpu ? (known.get(op) ?? '') : cellOf(onWebgpu, precisions),
    ]
    const key = cells.join('|')
    rows.set(key, { cells, ops: [...(rows.get(key)?.ops ?? []), op] })
  }
  return tableOf([
    ['kernels', 'reference', 'WebAssembly', 'WebGPU'],
    ...Array.from(rows.values(), ({ cells, ops }) => [ops.join(', '), ...cells]),
  ])
}

/** The last cell of each row of an earlier list, by op. */
function lastCellsOf(earlier) {
  return new Map(
    [...earlier.matchAll(/^\| (\w[\w, ]*?) +\| .*\| ([^|]*?) *\|$/gm)].flatMap(([, ops, cell]) =>
      ops.split(', ').map((op) => [op, cell]),
    ),
  )
}

const folded = FOLDED_OPS.filter((op) => !ONNX_OPS.includes(op))
const REMAINING =
  'The importer composes many of these ops from other ops, or folds them away. The table lists the kernels ' +
  'that remain, with the precisions in which each device computes them:'
const text = readFileSync(README, 'utf8')
const listed = filled(text, 'list', (name, earlier) => {
  if (name !== 'ops') return earlier
  return `
The importer reads ${ONNX_OPS.length} ops of ONNX: ${ONNX_OPS.join(', ')}.

It also computes ${folded.length} ops whose inputs are only constants and sizes: ${folded.join(', ')}.

${REMAINING}

${kernelsOf(lastCellsOf(earlier))}
`
})
for (const device of opened) await device.dispose?.()
if (!text.includes('<!-- list: ops -->')) throw new Error('README.md has no place for the list of ops')
keep([[README, listed]], 'node docs/list-ops.mjs')
