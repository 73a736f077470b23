import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { parseRun } from '../../packages/results/dist/index.js'

/**
 * A history is a folder: index.json lists the runs, oldest first, and runs/XX/DIGEST.json.gz holds each. DIGEST is the
 * SHA-256 of the JSON before it is compressed, so that a run is kept once and a spoilt file is found.
 *
 * @typedef {import('../../packages/results/dist/index.js').Run} Run
 * @typedef {{
 *   id: string, startedAt: string, commit: string, machine: string, cells: number, digest: string, bytes: number,
 * }} Entry
 */

const VERSION = 1

/**
 * A run as a history keeps it: the parts that a comparison and a chart over time read. Only the view of a single run
 * shows the other parts.
 * @param {Run} run
 * @returns {Run}
 */
export function compact({ schema, run, machine, workloads, cells }) {
  return parseRun({ schema, run, machine, workloads, cells, layers: [], kernels: [] })
}

/**
 * The runs of a history, oldest first; empty if there is no history yet.
 * @param {string} folder
 * @returns {Entry[]}
 */
export function entriesOf(folder) {
  const index = join(folder, 'index.json')
  if (!existsSync(index)) return []
  const { version, runs } = JSON.parse(readFileSync(index, 'utf8'))
  if (version !== VERSION) throw new Error(`${index} has version ${version}: this script reads ${VERSION}`)
  return runs
}

/**
 * Adds a run, unless the history already has it.
 * @param {string} folder
 * @param {Run} run
 */
export function addRun(folder, run) {
  const json = JSON.stringify(compact(run))
  const digest = createHash('sha256').update(json).digest('hex')
  const entries = entriesOf(folder)
  if (entries.some((entry) => entry.digest === digest || entry.id === run.run.id)) return
  const file = fileOf(folder, digest)
  mkdirSync(dirname(file), { recursive: true })
  const bytes = gzipSync(json, { level: 9 })
  writeFileSync(file, bytes)
  const { id, startedAt, commit } = run.run
  entries.push({
    id,
    startedAt,
    commit,
    machine: run.machine.fingerprint,
    cells: run.cells.length,
    digest,
    bytes: bytes.length,
  })
  entries.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
  // Each run has its own line, so a new run changes one line of the file.
  const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n')
  writeFileSync(join(folder, 'index.json'), `{"version":${VERSION},"runs":[\n${lines}\n]}\n`)
}

/**
 * A run of a history.
 * @param {string} folder
 * @param {Entry} entry
 * @returns {Run}
 */
export function readEntry(folder, { id, digest }) {
  const json = gunzipSync(readFileSync(fileOf(folder, digest)))
  if (createHash('sha256').update(json).digest('hex') !== digest)
    throw new Error(`the history's file of run ${id} does not have the content that its name says`)
  return parseRun(JSON.parse(json.toString()))
}

/** @param {string} folder @param {string} digest */
function fileOf(folder, digest) {
  return join(folder, 'runs', digest.slice(0, 2), `${digest}.json.gz`)
}
