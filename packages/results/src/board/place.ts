import { OctetError } from '@octet/core'
import type { Cell, Energy } from '../run/cell.ts'
import type { Run } from '../run/run.ts'
import { type Board, BOARD_IDS, type BoardId, BOARDS } from './boards.ts'
import { modelledEnergy } from './profile.ts'

/**
 * A run with the modelled energy of its INT8 models with 8-bit weights on a board, in place of earlier energy for that
 * board. Other cells get none, because no figures were published for them.
 * @throws OctetError if the run does not record the multiply-adds of an inference.
 */
export function onBoard(run: Run, id: BoardId): Run {
  const macs = new Map(run.workloads.map((workload) => [workload.id, workload.macs]))
  const cells = run.cells.map((cell): Cell => {
    if (cell.memory === undefined || cell.precision !== 'int8' || cell.weights.bits !== 8) return cell
    const work = macs.get(cell.workload)
    if (work === undefined)
      throw new OctetError(
        `the run does not record the multiply-adds of ${cell.workload}, which energy on a board follows from`,
        'measure it again with this octet',
      )
    const others = (cell.energy ?? []).filter((one) => one.tier !== 'board' || one.board !== id)
    return { ...cell, energy: [...others, energyOn(id, work)] }
  })
  return { ...run, cells }
}

/** The boards for which the energy of some cells was modelled, in the order of the list of boards. */
export function boardsOf(cells: readonly Cell[]): BoardId[] {
  const ids = new Set(
    cells.flatMap(({ energy = [] }) => energy.flatMap((one) => (one.tier === 'board' ? one.board : []))),
  )
  return BOARD_IDS.filter((id) => ids.has(id))
}

function energyOn(id: BoardId, macs: number): Energy {
  const { joules, range } = modelledEnergy(id, macs)
  const { source }: Board = BOARDS[id]
  return {
    tier: 'board',
    board: id,
    joules,
    range: [...range],
    source: `modelled by one constant a multiply-add from ${source}`,
  }
}
