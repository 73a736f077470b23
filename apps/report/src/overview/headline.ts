import { recommend, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { counted } from '../format/number.ts'
import { elapsed, instant } from '../format/time.ts'

/** The top of the page: the recommendation as its title and in a sentence, and what bounds it. */
export function headline(run: Run): HTMLElement {
  const { run: info, machine } = run
  const { headline: title, sentence } = recommend(run)
  const took = `took ${elapsed(info.startedAt, info.finishedAt)}`
  return h(
    'header',
    { class: 'verdict' },
    h('p', { class: 'eyebrow' }, [scope(run), machine.cpu, instant(info.startedAt), took].join(' · ')),
    h('h1', {}, title),
    h('p', { class: 'verdict-sentence' }, sentence),
    softwareNote(run),
  )
}

/** What was measured: a sweep, or kernels and models alone. */
function scope({ cells, workloads, kernels, models = [] }: Run): string {
  if (cells.length > 0)
    return `Precision sweep: ${counted(workloads.length, 'workload')}, ${counted(cells.length, 'cell')}`
  const parts = [
    ...(kernels.length > 0 ? [counted(kernels.length, 'kernel')] : []),
    ...(models.length > 0 ? [counted(models.length, 'model')] : []),
  ]
  return parts.join(', ') || 'Nothing measured'
}

/** Times of the CPU do not carry over to a GPU, which a reader must know before the first figure. */
function softwareNote({ machine, cells }: Run): HTMLElement | undefined {
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
