import { inert, markdownCode, SCORED_TASKS, TASK_NOUNS, type TaskNoun, TASKS, withUnit } from '@octet/core'
import type { Comparison, Difference, Run } from '@octet/results'
import { allBytes, nanoseconds } from './number.ts'

/** Equal differences of several cells, shown in one line. */
interface Group {
  readonly difference: Difference
  readonly keys: readonly string[]
}

/** The number of cell keys that a line names. Further keys are only counted. */
const NAMED = 3

/** A comparison as lines: both runs, failures, other differences, parts that were not judged, and counts. */
export function comparisonLines(before: Run, after: Run, comparison: Comparison): string[] {
  const { faults, notJudged } = comparison
  return [
    ...runsInWords(before, after).map(([name, words]) => `${name}: ${inert(words)}`),
    ...faults.map((fault) => `FAILS ${inert(fault)}`),
    ...groupsOf(comparison).map(({ difference, keys }) => {
      const { verdict, gates, figure } = difference
      return (
        `${gates ? 'FAILS ' : ''}${verdict}: ${inert(keysInWords(figure, keys))}: ${figure} ` +
        inert(changeInWords(difference))
      )
    }),
    ...notJudged.map((what) => `not judged: ${inert(what)}`),
    countsInWords(comparison),
  ]
}

/** The same as Markdown: a heading with the verdict, both runs, a table of differences. */
export function comparisonMarkdown(before: Run, after: Run, comparison: Comparison): string[] {
  const { faults, notJudged, holds } = comparison
  const groups = groupsOf(comparison)
  const rows = groups.map(({ difference, keys }) => {
    const { verdict, gates, figure } = difference
    const [was, is] = ends(difference)
    return (
      `| ${gates ? '**fails**' : verdict} | ${markdownCode(keysInWords(figure, keys))} | ${figure} | ` +
      `${markdownCode(was)} | ${markdownCode(is)} |`
    )
  })
  return [
    `### ${holds ? 'Nothing that counts got worse' : 'The comparison fails'}`,
    '',
    ...runsInWords(before, after).map(([name, words]) => `- ${name}: ${markdownCode(words)}`),
    ...faults.map((fault) => `- **fails**: ${markdownCode(fault)}`),
    ...(rows.length === 0
      ? []
      : ['', '| verdict | cells | figure | before | after |', '| --- | --- | --- | --- | --- |', ...rows]),
    ...(notJudged.length === 0
      ? []
      : ['', ...notJudged.map((what) => `- not judged: ${markdownCode(what)}`)]),
    '',
    countsInWords(comparison),
  ]
}

function runsInWords(before: Run, after: Run): (readonly [string, string])[] {
  return [
    ['before', runInWords(before)],
    ['after', runInWords(after)],
  ]
}

function runInWords({ run, machine, cells, kernels }: Run): string {
  const source = `${run.commit.slice(0, 12)}${run.dirty ? ' with changes' : ''}`
  const size = [`${cells.length} cells`, ...(kernels.length > 0 ? [`${kernels.length} kernels`] : [])]
  return `${run.id}, commit ${source}, seed ${run.seed}, ${size.join(', ')}, on ${machine.cpu}, ${machine.runtime}`
}

function countsInWords({ compared, judged, differences, holds }: Comparison): string {
  const { fidelity, bytes, time, kernels } = judged
  const count = (test: (difference: Difference) => boolean): number => differences.filter(test).length
  const scores = TASK_NOUNS.filter((noun) => judged[noun] > 0).map((noun) => `${noun} of ${judged[noun]}, `)
  const figures = `${scores.join('')}fidelity of ${fidelity}, bytes of ${bytes}, time of ${time}`
  const more = kernels === 0 ? '' : `, kernels and models found again: ${kernels}`
  const found = [
    `${count(({ gates }) => gates)} fail`,
    `${count(({ gates, verdict }) => !gates && verdict === 'worse')} are worse and do not count`,
    `${count(({ verdict }) => verdict === 'better')} are better`,
  ]
  return (
    `${compared} cells compared (${figures})${more}; of ${differences.length} differences ${found.join(', ')}: ` +
    (holds ? 'nothing that counts got worse' : 'it fails')
  )
}

/** Differences in their order. Differences with the same figure, ends and verdict form a group. */
function groupsOf({ differences }: Comparison): Group[] {
  const groups = new Map<string, { difference: Difference; keys: string[] }>()
  for (const difference of differences) {
    const { figure, verdict, gates, key } = difference
    const kind = JSON.stringify([figure, verdict, gates, ...ends(difference)])
    const group = groups.get(kind)
    if (group === undefined) groups.set(kind, { difference, keys: [key] })
    else group.keys.push(key)
  }
  return [...groups.values()]
}

function keysInWords(figure: Difference['figure'], keys: readonly string[]): string {
  if (keys.length === 1) return keys[0]
  const noun = figure === 'workload' || figure === 'kernel' || figure === 'model race' ? figure : 'cell'
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : ''
  return `${keys.length} ${noun}s: ${keys.slice(0, NAMED).join(', ')}${more}`
}

function changeInWords(difference: Difference): string {
  return ends(difference).join(' -> ')
}

/** Both values as texts that differ from each other. */
function ends({ figure, before, after }: Difference): [string, string] {
  const show = FIGURES[figure]
  const at = (decimals: number): [string, string] => {
    const [was, is] = [before, after].map((value) =>
      typeof value === 'number' ? show(value, decimals) : value,
    )
    return [was, is]
  }
  const LEAST = 2
  const MOST = 12
  for (let decimals = LEAST; decimals < MOST; decimals++) {
    const [was, is] = at(decimals)
    if (was !== is) return [was, is]
  }
  return at(MOST)
}

type Show = (value: number, decimals: number) => string

const SCORES = Object.fromEntries(
  SCORED_TASKS.map((id): [string, Show] => [
    TASKS[id].noun,
    (value, decimals) => withUnit(value, TASKS[id].value, decimals),
  ]),
) as Record<TaskNoun, Show>

const FIGURES: Readonly<Record<Difference['figure'], Show>> = {
  ...SCORES,
  agreement: (value, decimals) => `${(100 * value).toFixed(decimals)}%`,
  sqnrDb: (value, decimals) => (Number.isFinite(value) ? `${value.toFixed(decimals)} dB` : 'no error'),
  weightBytes: allBytes,
  activationPeakBytes: allBytes,
  latency: nanoseconds,
  outputs: String,
  fallbackOps: String,
  status: String,
  workload: String,
  cell: String,
  kernel: String,
  'model race': String,
}
