import { type ScoredTaskId, TASKS } from '@octet/core'
import { type Configuration, formatName, preparation } from '../../run/configuration.ts'
import { groupBy } from '../group.ts'
import type { Reason } from '../rank.ts'
import { numberWord } from './figures.ts'

interface Equals {
  /** The equal configurations, including the pick. */
  readonly equals: readonly Configuration[]
  readonly reason?: Reason
  /** The task whose metric the samples may not tell apart; absent without labels. */
  readonly task?: ScoredTaskId
  /** The SQNR of the pick and of the others, as phrases. */
  readonly sqnr: { readonly best: string; readonly others: string }
}

/** The reason for the pick, and the configurations that would do too; empty if the pick has no equal. */
export function equalsInWords({ equals, reason, task, sqnr }: Equals): string[] {
  if (reason === undefined) return []
  const how = task
    ? `the samples do not tell their ${TASKS[task].nouns} apart`
    : 'they are equal in size and speed'
  const nearest = `of those nearest to FP32's output (SQNR ${sqnr.best}) it`
  const why: Readonly<Record<Reason, string>> = {
    sqnr: `this one is the nearest to FP32's output, with an SQNR of ${sqnr.best} (the others: ${sqnr.others})`,
    agreement: `${nearest} agrees most often with FP32`,
    simplicity: `${nearest} is the simplest`,
  }
  return [`any of these ${numberWord(equals.length)} would do, as ${how}: ${names(equals)}`, why[reason]]
}

/**
 * Names of configurations. Those that differ only in the calibration are joined: `INT8, per-channel weights (minmax,
 * mse)`.
 */
function names(configurations: readonly Configuration[]): string {
  return [...groupBy(configurations, formatName)]
    .map(([head, alike]) => {
      const tails = alike.map((one) => preparation(one).join(' + '))
      const given = tails.filter((tail) => tail !== '').join(', ')
      return given === '' ? head : `${head} (${given})`
    })
    .join(' or ')
}
