import { compareRuns, type Difference } from '@octet/results'
import { Command } from 'commander'
import { bytes, nanoseconds, percent } from '../show/number.ts'
import { readRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'

/** `octet compare A B`: exit 1 when a deterministic figure got worse. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Judge run B against run A. Accuracy, bytes and failures gate; time comments.')
    .argument('<a>', 'run folder or run.json before')
    .argument('<b>', 'run folder or run.json after')
    .addOption(jsonOption())
    .action((a: string, b: string, { json }: { json?: string }) => {
      const comparison = compareRuns(readRun(a), readRun(b))
      const { compared, differences, notJudged, holds } = comparison
      answer(
        json,
        comparison,
        [
          ...differences.map(inWords),
          ...notJudged.map((what) => `not judged: ${what}`),
          `${compared} cells compared: ${holds ? 'nothing that counts got worse' : 'worse'}`,
        ].join('\n'),
      )
      if (!holds) process.exitCode = 1
    })
}

const FIGURES: Record<Difference['figure'], (value: number) => string> = {
  accuracy: percent,
  weightBytes: bytes,
  activationPeakBytes: bytes,
  latency: nanoseconds,
  status: String,
}

function inWords({ key, figure, before, after, verdict, gates }: Difference): string {
  const show = (value: number | string): string =>
    typeof value === 'number' ? FIGURES[figure](value) : value
  return `${gates ? 'FAILS ' : ''}${verdict}: ${key}: ${figure} ${show(before)} -> ${show(after)}`
}
