import type { Finding, Run, WorkloadInfo } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { counted } from '../format/number.ts'

const SEVERITIES: readonly Finding['severity'][] = ['fault', 'warning', 'note']

/** The number of faults and warnings that show at once. The reader can open the others and the notes. */
const AT_ONCE = 4

/** Findings from before calibration. They decide whether any figure has a meaning. */
const INTAKE: ReadonlySet<string> = new Set(['normalization-not-stated', 'no-better-than-baseline'])

/**
 * The faults that the sweep found in the calibration data, or with FP16 for this workload. Empty for a run that did not
 * look for them.
 */
export function diagnosis({ findings }: Run, { id }: WorkloadInfo): Child {
  if (findings === undefined) return undefined
  const [fp16, others] = partition(
    findings.filter(({ workload }) => workload === id),
    (finding) => finding.id.startsWith('fp16-'),
  )
  const [intake, data] = partition(others, (finding) => INTAKE.has(finding.id))
  return h(
    'div',
    { class: 'diagnosis' },
    intake.length > 0 && part('Model and data', intake),
    part('Calibration data', data),
    fp16.length > 0 && part('FP16', fp16),
  )
}

function part(title: string, findings: readonly Finding[]): HTMLElement {
  const ordered = SEVERITIES.flatMap((severity) => findings.filter((one) => one.severity === severity))
  const grave = ordered.filter(({ severity }) => severity !== 'note')
  const first = grave.slice(0, AT_ONCE)
  const rest = ordered.slice(first.length)
  return h(
    'section',
    {},
    h('h4', {}, title, ' ', h('span', {}, grave.length === 0 ? 'no fault found' : tally(ordered))),
    first.length > 0 && list(first),
    rest.length > 0 &&
      h('details', {}, h('summary', {}, first.length > 0 ? `${tally(rest)} more` : tally(rest)), list(rest)),
  )
}

function list(findings: readonly Finding[]): HTMLElement {
  return h(
    'ul',
    {},
    findings.map(({ severity, verdict }) =>
      h('li', {}, h('span', { class: `severity ${severity}` }, severity), h('span', {}, sentence(verdict))),
    ),
  )
}

/** The verdict from its capital to its full stop. */
function sentence(verdict: string): string {
  return `${verdict[0].toUpperCase()}${verdict.slice(1)}${verdict.endsWith('.') ? '' : '.'}`
}

/** `1 fault, 2 warnings`. */
function tally(findings: readonly Finding[]): string {
  return SEVERITIES.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [counted(count, severity)]
  }).join(', ')
}

function partition<T>(items: readonly T[], matches: (item: T) => boolean): [T[], T[]] {
  return [items.filter(matches), items.filter((item) => !matches(item))]
}
