import type { Network } from '@octet/results'
import { figure } from '../chart/figure.ts'
import { svg } from '../dom/svg.ts'
import { bytes, decibels, duration, grouped } from '../format/number.ts'
import { type LayerAccount, hardestOf, type NetworkChoice, SHARING_NAMES, type Sharing } from './account.ts'
import { type Edge, layoutOf } from './layout.ts'

const ROW = 30
const COLUMN = 16
/** Space above the first layer, for the names of columns and for tensors from outside. */
const HEAD = 44
const RADIUS = 5
/** The most layers in the drawing. The table has all layers. */
const MOST_DRAWN = 300
/** A bar of decibels is full at this value. */
const FULL_DB = 60

/** A column of figures beside the graph. Its width is a share of the space that the names leave. */
interface Figures {
  readonly head: string
  readonly width: number
  /** The smallest width of the whole drawing that shows the column. */
  readonly from: number
  readonly draw: (account: LayerAccount, width: number) => SVGElement | undefined
}

/**
 * The network as a graph with one row per layer, and the effect of INT8 on each layer. A click on a row shows its
 * output.
 */
export function networkGraph(
  network: Network,
  accounts: readonly LayerAccount[],
  { sharing, strategy, device }: NetworkChoice,
  chosen: string,
  choose: (tensor: string) => void,
): HTMLElement {
  const drawn = accounts.slice(0, MOST_DRAWN)
  const layout = layoutOf(drawn.map(({ layer }) => layer))
  const height = HEAD + drawn.length * ROW + 8
  const columns = columnsOf(accounts, sharing, strategy)
  const longest = 40 + 7.2 * Math.max(...drawn.map(({ layer: { name, op } }) => name.length + op.length))
  const draw = (width: number): SVGElement => {
    const gutter = layout.columns * COLUMN + 8
    const fitting = columns.filter(({ from }) => width >= from)
    const taken = fitting.reduce((sum, column) => sum + column.width, 0)
    const name = Math.max(90, Math.min(longest, width - gutter - taken))
    const stretch = Math.max(1, (width - gutter - name) / taken)
    const shown = fitting.map((column) => Object.assign({}, column, { width: column.width * stretch }))
    const starts = shown.map((_, i) =>
      shown.slice(0, i).reduce((sum, column) => sum + column.width, gutter + name),
    )
    return svg(
      'svg',
      { width, height, viewBox: `0 0 ${width} ${height}`, class: 'network' },
      ...shown.map(({ head }, i) => svg('text', { x: starts[i], y: 14, class: 'head' }, head)),
      ...drawn.map(({ layer: { name: id, op, output }, verdict }, row) =>
        svg(
          'g',
          {
            class: output === chosen ? 'row is-chosen' : 'row',
            transform: `translate(0 ${yOf(row)})`,
            on: { click: () => choose(output) },
          },
          svg('rect', { x: 0, y: -ROW / 2, width, height: ROW, class: 'band' }),
          svg('text', { x: gutter, y: 4 }, fitted(id, name - 8 - 7 * (op.length + 2))),
          svg(
            'text',
            { x: gutter + name - 10, y: 4, class: 'quiet', 'text-anchor': 'end' },
            name > 7 * (op.length + 12) ? op : '',
          ),
          svg('title', {}, `${id}: ${verdict.words}`),
          ...shown.map(({ draw: figures, width: room }, i) => {
            const made = figures(drawn[row], room - 12)
            made?.setAttribute('transform', `translate(${starts[i]} 0)`)
            return made
          }),
        ),
      ),
      ...layout.edges.map((edge) => svg('path', { d: pathOf(edge, layout.nodes), class: 'edge' })),
      ...drawn.map(({ verdict }, row) =>
        svg('circle', {
          cx: xOf(layout.nodes[row]),
          cy: yOf(row),
          r: RADIUS,
          class: `node ${verdict.tone}`,
        }),
      ),
    )
  }
  return figure({
    title: `Network of ${network.workload}`,
    description: describe(network, accounts, sharing),
    height,
    draw,
    table: () => ({
      heads: [
        'Layer',
        'Op',
        'Reads',
        'Output',
        'Shape',
        'Multiply-adds',
        'Alone in INT8, dB: one scale',
        'Alone in INT8, dB: scale a channel',
        'Weights, dB: one scale',
        'Weights, dB: scale a channel',
        `Output by ${strategy}, dB`,
        'FP32',
        'INT8',
        'Bytes moved in INT8',
        'Verdict',
      ],
      rows: accounts.map(({ layer, range, times, verdict }) => [
        layer.name,
        layer.op,
        layer.inputs.join(', '),
        layer.output,
        layer.shape.join('×'),
        grouped(layer.macs),
        ...(['perTensor', 'perChannel'] as const).map((one) =>
          layer.alone ? decibels(layer.alone[one]) : '–',
        ),
        ...(['perTensor', 'perChannel'] as const).map((one) =>
          layer.weights ? decibels(layer.weights.sqnrDb[one]) : '–',
        ),
        range ? decibels(range.sqnrDb) : '–',
        ...(['fp32', 'int8'] as const).map((precision) => {
          const time = times.find((one) => one.precision === precision)
          return time ? duration(time.ns) : '–'
        }),
        bytesIn(times),
        verdict.words,
      ]),
    }),
    note:
      `With ${SHARING_NAMES[sharing]}. ` +
      (network.samples === 0
        ? 'The effect of each layer alone on the output was not measured, because it takes more work ' +
          'than a sweep allows: octet plan measures it. '
        : 'Alone in INT8: the SQNR of the model’s output with this layer in INT8 and the others in ' +
          `FP16, by ${network.calibration} over ${grouped(network.samples)} calibration samples; a bar ` +
          `is full at ${FULL_DB} dB. `) +
      `Weights by channel: the largest magnitude of each output channel, sorted, against the largest of the layer.` +
      (device === undefined ? '' : ` Times are of ${device}: FP32 above, INT8 below.`) +
      (accounts.length > MOST_DRAWN
        ? ` The first ${MOST_DRAWN} of ${accounts.length} layers are drawn; the table has all.`
        : ''),
  })
}

function columnsOf(accounts: readonly LayerAccount[], sharing: Sharing, strategy: string): Figures[] {
  const longest = Math.max(...accounts.flatMap(({ times }) => times.map(({ ns }) => ns)), 1)
  const has = (of: (account: LayerAccount) => unknown): boolean =>
    accounts.some((account) => of(account) !== undefined)
  return [
    {
      head: 'weights by channel',
      width: 150,
      from: 620,
      draw: ({ layer: { weights } }: LayerAccount, width: number) => weights && strip(weights.ranges, width),
    },
    {
      head: 'alone in INT8',
      width: 132,
      from: 0,
      draw: ({ layer: { alone }, verdict: { tone } }: LayerAccount, width: number) =>
        alone && decibelBar(alone[sharing], tone, width),
    },
    {
      head: `output, ${strategy}`,
      width: 150,
      from: 780,
      draw: ({ range }: LayerAccount, width: number) => range && decibelBar(range.sqnrDb, 'plain', width),
    },
    ...(has(({ times }) => times[0])
      ? [
          {
            head: 'time',
            width: 160,
            from: 900,
            draw: ({ times }: LayerAccount, width: number) => timeBars(times, longest, width),
          },
          {
            head: 'bytes',
            width: 84,
            from: 1000,
            draw: ({ times }: LayerAccount) => svg('g', {}, svg('text', { x: 0, y: 4 }, bytesIn(times))),
          },
        ]
      : []),
  ]
}

/** The bytes that a layer moves in INT8, or in FP32 if INT8 was not profiled. */
function bytesIn(times: LayerAccount['times']): string {
  const last = times.at(-1)
  return last === undefined ? '–' : bytes(last.bytes)
}

/** The sorted magnitudes of the channels, as an area. */
function strip(ranges: readonly (readonly [number, number])[], width: number): SVGElement {
  const sizes = ranges.map(([lo, hi]) => Math.max(-lo, hi)).toSorted((a, b) => b - a)
  const most = sizes[0] || 1
  const step = width / sizes.length
  const top = (size: number): string => (ROW / 2 - 4 - (ROW - 8) * (size / most)).toFixed(1)
  const outline = sizes.map((size, i) => `V${top(size)}H${((i + 1) * step).toFixed(1)}`).join('')
  const floor = ROW / 2 - 4
  return svg('g', {}, svg('path', { d: `M0 ${floor}${outline}V${floor}Z`, class: 'strip' }))
}

function decibelBar(db: number | null, tone: string, width: number): SVGElement {
  const room = width - 48
  const length = Math.min(1, Math.max(0.01, (db ?? FULL_DB) / FULL_DB)) * room
  return svg(
    'g',
    {},
    svg('rect', { x: 0, y: -5, width: room, height: 10, class: 'track' }),
    svg('rect', { x: 0, y: -5, width: length.toFixed(1), height: 10, class: `db ${tone}` }),
    svg('text', { x: room + 6, y: 4 }, `${decibels(db)}${db === null ? '' : ' dB'}`),
  )
}

function timeBars(times: LayerAccount['times'], longest: number, width: number): SVGElement {
  const room = width - 62
  return svg(
    'g',
    {},
    ...times.flatMap(({ precision, ns }, i) => {
      const y = times.length === 1 ? -4 : -11 + 12 * i
      return [
        svg('rect', {
          x: 0,
          y,
          width: Math.max(1, (room * ns) / longest).toFixed(1),
          height: 8,
          fill: `var(--${precision})`,
        }),
        svg('text', { x: room + 6, y: y + 8.5, class: 'quiet' }, duration(ns)),
      ]
    }),
  )
}

function describe(network: Network, accounts: readonly LayerAccount[], sharing: Sharing): string {
  const hardest = hardestOf(network, sharing)
  const lost = accounts.filter(({ verdict: { tone } }) => tone === 'bad' || tone === 'warn')
  const head =
    `Graph of ${accounts.length} layers, one a row, from ${network.layers[0]?.inputs.join(', ') ?? ''} ` +
    `to ${network.layers.at(-1)?.output ?? ''}.`
  if (hardest === undefined) return head
  return (
    `${head} With ${SHARING_NAMES[sharing]}, ${hardest.name} costs most: ` +
    `${decibels(hardest.alone![sharing])} dB alone in INT8. ` +
    (lost.length === 0
      ? 'Every measured layer holds.'
      : lost.map(({ layer, verdict }) => `${layer.name} ${verdict.words}`).join('; ') + '.')
  )
}

function xOf(column: number): number {
  return RADIUS + 3 + column * COLUMN
}

function yOf(row: number): number {
  return HEAD + row * ROW + ROW / 2
}

/** A path from a layer into its tensor's column, down this column, and into the column of the layer that reads it. */
function pathOf({ from, to, column }: Edge, nodes: readonly number[]): string {
  const x = xOf(column)
  const [x0, y0] = from < 0 ? [x, yOf(to - 1) + ROW / 4] : [xOf(nodes[from]), yOf(from)]
  const [x1, y1] = [xOf(nodes[to]), yOf(to)]
  const bend = ROW / 2
  const out = x0 === x ? '' : `C${x0} ${y0 + bend} ${x} ${y0} ${x} ${y0 + bend}`
  const down = y1 - y0 > ROW && x1 !== x ? `V${y1 - bend}` : ''
  return `M${x0} ${y0}${out}${down}${x1 === x ? `V${y1}` : `C${x} ${y1} ${x1} ${y1 - bend} ${x1} ${y1}`}`
}

/** A name shortened to some pixels. It keeps the end, which distinguishes layers. */
function fitted(name: string, width: number): string {
  const most = Math.max(6, Math.floor(width / 7.2))
  return name.length <= most ? name : `…${name.slice(1 - most)}`
}
