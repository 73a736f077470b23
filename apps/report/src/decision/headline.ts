import type { Recommendation, Run } from '@octet/results'
import { clauses } from '../dom/clauses.ts'
import { h } from '../dom/element.ts'
import { counted } from '../format/number.ts'
import { elapsed, instant } from '../format/time.ts'
import { hashOf } from '../page/address.ts'

/** The top of the page: the measured subject, the machine and the time. */
export function scopeLine({ run, machine, ...rest }: Run): HTMLElement {
  const took = `took ${elapsed(run.startedAt, run.finishedAt)}`
  return h('p', { class: 'eyebrow' }, [scope(rest), machine.cpu, instant(run.startedAt), took].join(' · '))
}

/** The recommendation. Its first words are the title, and the rest of its sentence follows. */
export function headline({ cells }: Run, { headline: title, sentence }: Recommendation): HTMLElement {
  const setbacks = cells.filter(({ status }) => status === 'failed' || status === 'skipped')
  const rest = sentence.slice(title.length).replace(/^[;:.]\s*/, '')
  return h(
    'header',
    { class: 'verdict' },
    h('h1', { id: 'decision-title', class: setbacks.length > 0 && 'setback' }, title),
    rest !== '' && clauses(rest),
    setbacks.length > 0 &&
      h(
        'p',
        { class: 'setback' },
        (['failed', 'skipped'] as const).flatMap((status) => {
          const some = setbacks.filter((cell) => cell.status === status)
          return some.length === 0
            ? []
            : [
                h('a', { href: hashOf('cells', { status }) }, `${counted(some.length, 'cell')} ${status}`),
                ' ',
              ]
        }),
      ),
  )
}

/** The measured subject: a sweep, or separate kernels and models. */
function scope({ cells, workloads, kernels, models = [] }: Omit<Run, 'run' | 'machine'>): string {
  if (cells.length > 0)
    return `Precision sweep: ${counted(workloads.length, 'workload')}, ${counted(cells.length, 'cell')}`
  const parts = [
    ...(kernels.length > 0 ? [counted(kernels.length, 'kernel')] : []),
    ...(models.length > 0 ? [counted(models.length, 'model')] : []),
  ]
  return parts.join(', ') || 'Nothing measured'
}

/** Times of the CPU do not apply to a GPU. The reader must know this before the first figure. */
export function softwareNote({ machine, cells }: Run): HTMLElement | undefined {
  const software = machine.adapters.filter(
    ({ id, software }) => software && (cells.length === 0 || cells.some(({ adapter }) => adapter === id)),
  )
  if (software.length === 0) return undefined
  const names = software.map(({ name, id }) => name || id).join(' and ')
  const where = `${names} ${software.length === 1 ? 'computes' : 'compute'} on the CPU`
  const consequence =
    cells.length === 0
      ? ': these times say nothing about a GPU.'
      : '. Accuracy and sizes carry over to other devices; these times do not.'
  return h('p', { class: 'notice' }, h('strong', {}, 'Times of a CPU. '), `${where}${consequence}`)
}
