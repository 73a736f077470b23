import type { Interval } from '@octet/core/statistics'
import { type Board, type BoardId, BOARDS } from '../../board/boards.ts'
import { measuredOverPredicted, leaveOneOutRange, profileOf, publishedLatency } from '../../board/profile.ts'
import type { Cell, Energy } from '../../run/cell.ts'
import { formatName } from '../../run/configuration.ts'
import type { WorkloadInfo } from '../../run/run.ts'
import { energyOf, type Goals } from '../goals.ts'
import { numberWord } from './figures.ts'

/** Joules with three significant digits, in nJ, µJ, mJ or J. */
function joules(value: number): string {
  const [unit, size] = UNITS.find(([, least]) => value >= least) ?? UNITS.at(-1)!
  return `${Number((value / size).toPrecision(3))} ${unit}`
}

const UNITS = [
  ['J', 1],
  ['mJ', 1e-3],
  ['µJ', 1e-6],
  ['nJ', 1e-9],
] as const

/**
 * An energy with its source, such as `966 µJ modelled for STM32U385 (634 µJ to 1.47 mJ)` or
 * `1.2 mJ measured (1.1 mJ to 1.3 mJ)`.
 */
export function energyInWords(energy: Energy): string {
  return energy.tier === 'board'
    ? withEnds(energy, `modelled for ${BOARDS[energy.board].name}`, energy.range)
    : withEnds(energy, 'measured', energy.ci95)
}

function withEnds(energy: Energy, words: string, [lo, hi]: Interval): string {
  return `${joules(energy.joules)} ${words} (${joules(lo)} to ${joules(hi)})`
}

/** The modelled energy on the board of the goals; empty without a board. */
export function boardInWords(info: WorkloadInfo | undefined, cell: Cell, goals: Goals): string[] {
  const { board } = goals
  if (board === undefined) return []
  const { name } = BOARDS[board]
  const energy = energyOf(cell, goals)
  if (energy === undefined) return [`nothing is published of ${formatName(cell)} on ${name}`]
  const published = info?.macs === undefined ? undefined : publishedLatency(board, info.macs)
  return [
    `an inference takes ${energyInWords(energy)}`,
    ...(published === undefined
      ? []
      : [`${published.model}, of as many multiply-adds, took ${milliseconds(published.ns)} there`]),
  ]
}

function milliseconds(ns: number): string {
  return `${Number((ns / 1e6).toPrecision(3))} ms`
}

/** A remark on the modelled energy of a board. */
export function boardNotes(id: BoardId): string[] {
  const board: Board = BOARDS[id]
  const { picojoulesPerMac, models } = profileOf(board)
  const [lo, hi] = leaveOneOutRange().map((ratio) => ratio.toFixed(2))
  const [own, most] = ends(measuredOverPredicted(board))
  return [
    `energy on ${board.name} (${board.processor}) is modelled, not measured: ` +
      `${picojoulesPerMac.toPrecision(3)} pJ modelled a multiply-add, which stands on ` +
      `${numberWord(models)} models (${board.source})`,
    `a model that was left out took ${own} to ${most} times what the others predict for this board, and ` +
      `${lo} to ${hi} times over all boards, which is the range shown`,
    memoryInWords(board),
  ]
}

function memoryInWords({ name, flashBytes, ramBytes }: Board): string {
  if (flashBytes === undefined || ramBytes === undefined)
    return `the source gives no flash and no RAM for ${name}, so that whether a model fits is not judged`
  return (
    `${name} has ${flashBytes / 1024} KiB of flash and ${Math.floor(ramBytes / 1024)} KiB of RAM, of ` +
    'which program and stack take a part that is not counted here'
  )
}

function ends(values: readonly number[]): readonly [string, string] {
  return [Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)]
}
