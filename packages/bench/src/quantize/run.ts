import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OctetError, type QuantizedModel } from '@octet/core'
import { type Cell, configurationKey, type MadeConfiguration, recommend, type Run } from '@octet/results'
import type { Workload } from '@octet/workloads'
import { openTrained } from '../qat/trainings.ts'
import { readJournal } from '../store/journal.ts'
import { JOURNAL, readRun, RUN, runFile } from '../store/run-folder.ts'
import { inputsOf } from '../sweep/inputs.ts'
import { openReference } from '../sweep/open-workload.ts'
import { ofWorkload, type QuantizeSource } from './source.ts'

/** The workload and the configuration of a cell of a run. */
export interface MeasuredSource {
  readonly source: QuantizeSource
  readonly configuration: MadeConfiguration
  /** The seed of the run. */
  readonly seed: number
  /** Only for a cell of QAT: the model that the run trained. */
  readonly trained?: QuantizedModel
}

/** A run and the cell named after it, as `RUN:CELL`. Undefined if the text names no run. */
export function runNamed(text: string): { readonly path: string; readonly cell?: string } | undefined {
  for (let end = text.length; end > 0; end = text.lastIndexOf(':', end - 1)) {
    const path = text.slice(0, end)
    if (isRun(path)) return end === text.length ? { path } : { path, cell: text.slice(end + 1) }
  }
  return undefined
}

function isRun(path: string): boolean {
  return (
    existsSync(join(path, RUN)) || existsSync(join(path, JOURNAL)) || (path.endsWith(RUN) && existsSync(path))
  )
}

/**
 * Opens the source of a cell of a run: the named cell, or the cell that the run recommends.
 * @throws OctetError if there is no such cell, or if the model or data have changed since.
 */
export async function openMeasured(path: string, named: string | undefined): Promise<MeasuredSource> {
  const run = readRun(path)
  const folder = dirname(runFile(path))
  const cell = named === undefined ? recommendedIn(run, path) : cellIn(run, named, path)
  if (cell.precision === 'fp32')
    throw new OctetError(
      named === undefined
        ? `${path} recommends FP32, which is the source itself`
        : `${cell.key} is FP32, which is the source itself`,
      `name a cell of INT8 or FP16: ${path}:KEY, as run.json has it`,
    )
  if (cell.method === 'delivered')
    throw new OctetError(
      `${cell.key} is the model that came quantized`,
      'take that file itself, or name a cell that Octet quantized',
    )
  const workload = await workloadOf(folder, cell.workload)
  const { seed } = run.run
  if (cell.method !== 'qat') return { source: ofWorkload(workload), configuration: cell, seed }
  const trained = await openTrained(folder, cell.workload, cell)
  return { source: ofWorkload(workload), configuration: cell, seed, trained }
}

function recommendedIn(run: Run, path: string): Cell {
  const { choices } = recommend(run)
  if (choices.length > 1)
    throw new OctetError(
      `${path} has ${choices.length} workloads, and one file holds one model`,
      `name the workload: ${choices.map(({ workload }) => `${path}:${workload}`).join(' or ')}`,
    )
  return chosen(choices[0], path)
}

function chosen(choice: ReturnType<typeof recommend>['choices'][number] | undefined, path: string): Cell {
  const cell = choice?.cell ?? choice?.bestInt8
  if (cell === undefined)
    throw new OctetError(
      `${path} recommends no configuration`,
      `name a cell: ${path}:KEY, as octet recommend --json or run.json has it`,
    )
  return cell
}

/**
 * The cell with this key, or with this key without device or workload. For the name of a workload, its recommended
 * cell.
 */
function cellIn(run: Run, named: string, path: string): Cell {
  const found = run.cells.find(
    (cell) =>
      cell.key === named ||
      `${cell.workload}/${configurationKey(cell)}` === named ||
      configurationKey(cell) === named,
  )
  if (found !== undefined) return found
  const choice = recommend(run).choices.find(({ workload }) => workload === named)
  if (choice !== undefined) return chosen(choice, path)
  throw new OctetError(
    `${path} has no cell "${named}"`,
    `name a workload or a configuration of it, such as ${run.cells.at(-1)?.key ?? 'none: it has no cells'}`,
  )
}

/** The workload of that name, as the run used it. */
async function workloadOf(folder: string, id: string): Promise<Workload> {
  const start = readJournal(join(folder, JOURNAL)).find((entry) => entry.kind === 'run')
  for (const reference of start?.options.workloads ?? []) {
    const workload = await openReference(reference)
    if (workload.id !== id) continue
    const { models, data } = await inputsOf([{ info: { id }, workload }], start!.options)
    const changed = [
      ...(start!.run.modelHashes?.[id] === models[id] ? [] : ['its model']),
      ...(start!.dataHashes?.[id] === data[id] ? [] : ['its data']),
    ]
    if (changed.length > 0)
      throw new OctetError(
        `${id}: ${changed.join(' and ')} changed since ${folder} was measured`,
        'restore the measured model and data, or run octet bench again',
      )
    return workload
  }
  throw new OctetError(`${folder} does not say where workload "${id}" lies`, 'name the model itself')
}
