import { median, medianInterval, speedVerdict } from '@octet/core/statistics'
import { type ModelRace, type ModelTime } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { duration, milliseconds, ratio, significant, times } from '../format/number.ts'
import { measured } from '../table/measured.ts'
import { bar } from './bar.ts'
import { head, number, numberHead, scroller } from '../table/scroller.ts'

/** Whole models at batch 1: the parts of their time, and the fastest contender. */
export function models(races: readonly ModelRace[]): Child {
  return races.map((race) => {
    const caption = `${race.workload}: one inference, ${significant(race.macs / 1e6)} million multiply-accumulates`
    const slowest = Math.max(...race.times.map(({ samples }) => median(samples)))
    const table = {
      class: 'models',
      caption,
      heads: [
        head('Run by'),
        head('Precision'),
        head('Overhead, then the model'),
        numberHead('End to end', 'ms [95%]'),
        numberHead('Overhead', 'upload, submit, readback'),
        numberHead('Speed', '× own FP32 [95%]'),
        numberHead('Time over ours', '[95%]'),
      ],
      body: h(
        'tbody',
        {},
        race.times.map((time) => row(time, slowest)),
      ),
    }
    const absent = race.absent.map(({ by, precision, reason }) =>
      h('p', { class: 'facts' }, `${by} ${precision.toUpperCase()} did not take part: ${reason}`),
    )
    return scroller(caption, table, absent)
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
      bar('bar fixed', '--rule-strong', overhead / slowest),
      bar('bar', `--${precision}`, (whole - overhead) / slowest),
    ),
    number(measured(whole, medianInterval(samples), milliseconds)),
    number(duration(overhead)),
    number(vsFp32 && measured(vsFp32.ratio, vsFp32.ci95, ratio)),
    number(ours.length === 0 ? undefined : ours.map(overOurs)),
  )
}

function overOurs({ precision, ratio: over }: NonNullable<ModelTime['ours']>[number]): HTMLElement {
  return h(
    'div',
    { class: speedVerdict(over) === 'slower' && 'theirs' },
    measured(over.ratio, over.ci95, times),
    h('small', {}, ` ${precision.toUpperCase()}`),
  )
}
