import { h } from '../dom/element.ts'
import { bytes, duration, grouped, significant } from '../format/number.ts'
import { bar } from '../kernels/bar.ts'
import { head, number, numberHead, scroller } from '../table/scroller.ts'
import { type Column, figures, sortableTable, words } from '../table/sortable.ts'
import { type Lane, laneName, shareInWords, STAGE_LIST, stageInWords, timeInWords } from './lanes.ts'

/** The time of every stage, with a column for each program. */
export function stageTable(lanes: readonly Lane[]): HTMLElement {
  return scroller('Time of every stage', {
    caption: 'Time of every stage, and its share',
    heads: [head('Stage'), lanes.map((lane) => numberHead(laneName(lane)))],
    body: h(
      'tbody',
      {},
      STAGE_LIST.map(({ field, name }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          lanes.map((lane) => {
            const words = stageInWords(lane, field)
            return number(words && [words.time, ' ', h('small', {}, words.share)])
          }),
        ),
      ),
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, 'multiply-adds'),
        lanes.map(({ profile }) => number(grouped(sum(profile.device.layers.map(({ macs }) => macs))))),
      ),
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, 'bytes that layers read and write'),
        lanes.map(({ profile }) =>
          number(bytes(sum(profile.device.layers.map(({ bytes: moved }) => moved)))),
        ),
      ),
    ),
  })
}

type LayerTime = Lane['profile']['device']['layers'][number]

/** The device's time, layer by layer. */
export function layerTable(lane: Lane): HTMLElement {
  const { layers, wholeNs, restNs, by, clock } = lane.profile.device
  const { precision } = lane.profile
  const color = `--${precision === 'mixed' ? 'int8' : precision}`
  const columns: Column<LayerTime>[] = [
    words('node', 'Layer', ({ node }) => node),
    words('op', 'Op', ({ op }) => op),
    figures(
      ['time', 'Time', 'share of the device’s'],
      ({ ns }) => ns,
      (ns) => [bar('bar', color, ns / wholeNs), timeInWords(ns), ' ', shareInWords(ns / wholeNs)],
    ),
    figures(
      ['macs', 'Multiply-adds'],
      ({ macs }) => macs,
      (count) => grouped(count),
    ),
    figures(['bytes', 'Bytes moved'], ({ bytes: moved }) => moved, bytes),
    figures(
      ['rate', 'Rate'],
      ({ ns, macs, bytes: moved }) => (ns > 0 ? (macs > 0 ? (2 * macs) / ns : moved / ns) : undefined),
      (rate, { macs }) => `${significant(rate)} ${macs > 0 ? 'Gop/s' : 'GB/s'}`,
    ),
  ]
  const table = sortableTable({
    caption: `Layers of ${laneName(lane)}`,
    columns,
    onOrder: (order) => table.show(layers, order),
  })
  table.show(layers, undefined)
  const how =
    by === 'steps'
      ? 'Each layer was timed by itself, its start included'
      : 'Times of layers are differences of ever longer beginnings of the program'
  const clockName = clock === 'gpu' ? 'the GPU’s' : 'the wall'
  return h(
    'div',
    { class: 'layer-times' },
    table.element,
    h(
      'p',
      { class: 'chart-note' },
      `${how}, by ${clockName} clock. ${timeInWords(restNs)} of ${duration(wholeNs)} is no layer’s.`,
    ),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
