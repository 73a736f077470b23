import type { Configuration } from '../../run/configuration.ts'
import { configurationName } from '../../run/configuration.ts'
import type { Reason } from '../rank.ts'
import { numberWord } from './figures.ts'

interface Equals {
  /** The pick among them. */
  readonly equals: readonly Configuration[]
  readonly reason?: Reason
  /** Whether an accuracy was measured, which samples may not tell apart. */
  readonly accurate: boolean
  /** The figure that decided, in words, and those of the others. */
  readonly sqnr: { readonly best: string; readonly others: string }
}

/** Which configurations would do as well, and why this one was taken; nothing where the pick has no equal. */
export function equalsInWords({ equals, reason, accurate, sqnr }: Equals): string[] {
  if (reason === undefined) return []
  const how = accurate ? 'the samples do not tell their accuracies apart' : 'they are equal in size and speed'
  return [
    `any of these ${numberWord(equals.length)} would do, as ${how}: ${names(equals)}`,
    {
      sqnr: `this one is the nearest to FP32's output, with an SQNR of ${sqnr.best} (the others: ${sqnr.others})`,
      agreement: `of those nearest to FP32's output (SQNR ${sqnr.best}) this one agrees most often with FP32`,
      simplicity: `of those nearest to FP32's output (SQNR ${sqnr.best}) this one is the simplest`,
    }[reason],
  ]
}

/** Names, those that differ in the calibration alone together: `INT8, per-channel weights, minmax or mse`. */
function names(configurations: readonly Configuration[]): string {
  const groups = new Map<string, string[]>()
  for (const one of configurations) {
    const { calibration, transforms = [], ...rest } = one
    const head = configurationName({ ...rest, calibration: '' }).replace(/, $/, '')
    const tail = [calibration, ...transforms].filter((part) => part !== 'none').join(' + ')
    groups.set(head, [...(groups.get(head) ?? []), tail])
  }
  return [...groups]
    .map(([head, tails]) =>
      [head, tails.filter((tail) => tail !== '').join(' or ')].filter(Boolean).join(', '),
    )
    .join(' | ')
}
