import { recommend, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { counted } from '../format/number.ts'
import { elapsed, instant } from '../format/time.ts'

/** The top of the page: the recommendation as its title and in a sentence, and what bounds it. */
export function verdict(run: Run): HTMLElement {
  if (run.cells.length === 0) return kernelVerdict(run)
  const { headline, sentence } = recommend(run)
  const { run: info, cells, machine, workloads } = run
  return h(
    'header',
    { class: 'verdict' },
    h(
      'p',
      { class: 'eyebrow' },
      [
        `Precision sweep: ${counted(workloads.length, 'workload')}, ${counted(cells.length, 'cell')}`,
        machine.cpu,
        instant(info.startedAt),
        `took ${elapsed(info.startedAt, info.finishedAt)}`,
      ].join(' · '),
    ),
    h('h1', {}, headline),
    h('p', { class: 'verdict-sentence' }, sentence),
    softwareNote(run),
  )
}

/** The top of a page that has measurements of kernels or models alone. */
function kernelVerdict(run: Run): HTMLElement {
  const { run: info, machine, kernels, models = [] } = run
  const software = machine.adapters.filter((adapter) => adapter.software)
  const { headline, sentence } = recommend(run)
  return h(
    'header',
    { class: 'verdict' },
    h(
      'p',
      { class: 'eyebrow' },
      [
        [
          ...(kernels.length > 0 ? [counted(kernels.length, 'kernel')] : []),
          ...(models.length > 0 ? [counted(models.length, 'model')] : []),
        ].join(', ') || 'Nothing measured',
        machine.cpu,
        instant(info.startedAt),
        `took ${elapsed(info.startedAt, info.finishedAt)}`,
      ].join(' · '),
    ),
    h('h1', {}, headline),
    h('p', { class: 'verdict-sentence' }, sentence),
    software.length > 0 &&
      h(
        'p',
        { class: 'notice' },
        h('strong', {}, 'Times of a CPU. '),
        `${software.map(({ name, id }) => name || id).join(' and ')} computes on the CPU: these times say nothing about a GPU.`,
      ),
  )
}

/** Times of the CPU do not carry over to a GPU, which a reader must know before the first figure. */
function softwareNote({ machine, cells }: Run): HTMLElement | undefined {
  const software = machine.adapters.filter(
    ({ id, software }) => software && cells.some(({ adapter }) => adapter === id),
  )
  if (software.length === 0) return undefined
  return h(
    'p',
    { class: 'notice' },
    h('strong', {}, 'Times of a CPU. '),
    `${software.map(({ name }) => name).join(' and ')} ${software.length === 1 ? 'computes' : 'compute'} on the CPU. Accuracy and sizes carry over to other devices; these times do not.`,
  )
}
