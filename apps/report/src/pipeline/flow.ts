import { energyInWords } from '@octet/results'
import { h } from '../dom/element.ts'
import { duration, range } from '../format/number.ts'
import { idealInWords, passage } from './passage.ts'
import { type Lane, laneName, lengthOf, STAGE_LIST, stageInWords } from './lanes.ts'

/** A stage with at least this share of a lane has its name inside. */
const NAMED = 0.07

/**
 * The way of a sample through one program, from the sensor to the answer. Each stage is as wide as its time. Lanes with
 * the same `longest`, the greatest `lengthOf` in ns, have the same scale.
 */
export function flow(lane: Lane, longest: number): HTMLElement {
  const { hostToHost, stages, precision } = lane.profile
  const parts = STAGE_LIST.filter(({ field }) => stages[field] > 0)
  const total = lengthOf(lane)
  const words = STAGE_LIST.flatMap(({ field, name }) => {
    const said = stageInWords(lane, field)
    return said === undefined ? [] : [`${name} ${said.time}, ${said.share}`]
  })
  const energy = lane.cell?.energy ?? []
  return h(
    'div',
    { class: 'lane' },
    h(
      'p',
      { class: 'lane-head' },
      h('strong', {}, laneName(lane)),
      ` ${duration(hostToHost.median)} from sensor to answer `,
      h('small', {}, range(hostToHost.ci95, duration)),
      energy.map((one) => h('span', { class: 'lane-energy' }, energyInWords(one))),
    ),
    h(
      'div',
      {
        class: 'flow',
        role: 'img',
        'aria-label': `${laneName(lane)}, from sensor to answer: ${words.join('; ')}`,
        style:
          `--lane: var(--${precision === 'mixed' ? 'int8' : precision}); width: ` +
          `${((100 * total) / longest).toFixed(2)}%`,
      },
      parts.map(({ field, name, kind }) =>
        h(
          'span',
          { class: `stage ${kind}`, style: `flex-grow: ${(stages[field] / total).toFixed(5)}`, title: name },
          stages[field] / longest >= NAMED && h('span', {}, name),
        ),
      ),
    ),
    passage(lane),
    idealInWords(lane).map((words) => h('p', { class: 'ideal' }, words)),
  )
}
