import { median, medianInterval, speedVerdict } from '@octet/core/statistics'
import { type ModelRace, type ModelTime } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { duration, milliseconds, ratio, significant, times } from '../format/number.ts'
import { measured } from '../table/measured.ts'

/** Whole models at batch 1: where their time goes, and who is faster. */
export function models(races: readonly ModelRace[]): Child {
  return races.map((race) => {
    const caption = `${race.workload}: one inference, ${significant(race.macs / 1e6)} million multiply-accumulates`
    const slowest = Math.max(...race.times.map(({ samples }) => median(samples)))
    return h(
      'div',
      { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': caption },
      h(
        'table',
        { class: 'models' },
        h('caption', {}, caption),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Run by'),
            h('th', { scope: 'col' }, 'Precision'),
            h('th', { scope: 'col' }, 'Overhead, then the model'),
            h('th', { scope: 'col', class: 'number' }, 'End to end', h('small', {}, 'ms [95%]')),
            h(
              'th',
              { scope: 'col', class: 'number' },
              'Overhead',
              h('small', {}, 'upload, submit, readback'),
            ),
            h('th', { scope: 'col', class: 'number' }, 'Speed', h('small', {}, '× own FP32 [95%]')),
            h('th', { scope: 'col', class: 'number' }, 'Time over ours', h('small', {}, '[95%]')),
          ),
        ),
        h(
          'tbody',
          {},
          race.times.map((time) => row(time, slowest)),
        ),
      ),
      race.absent.map(({ by, precision, reason }) =>
        h('p', { class: 'facts' }, `${by} ${precision.toUpperCase()} did not take part: ${reason}`),
      ),
    )
  })
}

function row(time: ModelTime, slowest: number): HTMLElement {
  const { by, precision, samples, vsFp32, ours = [] } = time
  const whole = median(samples)
  const overhead = Math.min(whole, median(time.overhead))
  return h(
    'tr',
    { class: 'model' },
    h('th', { scope: 'row' }, by),
    h('td', {}, precision.toUpperCase()),
    h(
      'td',
      { class: 'rate' },
      h('span', {
        class: 'bar fixed',
        'aria-hidden': 'true',
        style: `--mark: var(--rule-strong); --share: ${overhead / slowest}`,
      }),
      h('span', {
        class: 'bar',
        'aria-hidden': 'true',
        style: `--mark: var(--${precision}); --share: ${(whole - overhead) / slowest}`,
      }),
    ),
    h('td', { class: 'number' }, measured(whole, medianInterval(samples), milliseconds)),
    h('td', { class: 'number' }, duration(overhead)),
    h('td', { class: 'number' }, vsFp32 === undefined ? '–' : measured(vsFp32.ratio, vsFp32.ci95, ratio)),
    h(
      'td',
      { class: 'number' },
      ours.length === 0
        ? '–'
        : ours.map((one) =>
            h(
              'div',
              { class: speedVerdict(one.ratio) === 'slower' && 'theirs' },
              measured(one.ratio.ratio, one.ratio.ci95, times),
              h('small', {}, ` ${one.precision.toUpperCase()}`),
            ),
          ),
    ),
  )
}
