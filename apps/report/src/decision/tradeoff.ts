import * as Plot from '@observablehq/plot'
import { gain, isLabelled, named, TASKS } from '@octet/core'
import { type Cell, configurationName, type Run, type WorkloadInfo } from '@octet/results'
import { MIDDLE_LABEL } from '../chart/axis.ts'
import { colorOf, fillOf, isHollow, legend, symbolOf } from '../chart/encoding.ts'
import { figure } from '../chart/figure.ts'
import { lossScale } from '../chart/loss.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { bytes, counted, duration, range, significant } from '../format/number.ts'
import { timeScale } from '../format/scale.ts'
import { capitalized, lossInWords, lossWithInterval, valueInWords, written } from '../format/task.ts'
import { type Measured, paretoFront } from './front.ts'
import { type Heap, heapsOf } from './heap.ts'

/** If latencies differ by more than this factor, the axis has a log scale. */
const LINEAR_SPREAD = 8
const LARGEST_RADIUS = 10
const SMALLEST_RADIUS = 3
/** Marks closer than this many pixels are drawn as one mark. */
const APART = 12
/** Pixels for the number of a heap beside its mark. */
const NUMBER_WIDTH = 22
const MARGIN_RIGHT = 58
/** Pixels between two ticks of the latency axis, with room for their texts. */
const TICK_ROOM = 36
const PANEL_HEIGHT = { one: 310, several: 220 }

interface Tradeoff {
  readonly run: Run
  readonly workload: WorkloadInfo
  /** Measured cells of the workload, at least one. */
  readonly cells: readonly Measured[]
  readonly recommended: Cell | undefined
  /** Whether a cell meets the goals. Other cells are drawn faint and belong to no front. */
  readonly meets: (cell: Cell) => boolean
  readonly open: (cell: Cell) => void
}

/** Loss against latency, with a panel for each device on a common latency axis and each device's Pareto front. */
export function tradeoffChart({ run, workload, cells, recommended, meets, open }: Tradeoff): HTMLElement {
  const devices = [...new Map(cells.map((cell) => [deviceOf(cell), cell])).values()]
  const fronts = devices.map((device) =>
    paretoFront(cells.filter((cell) => deviceOf(cell) === deviceOf(device) && meets(cell))),
  )
  const telling = [...new Set([...fronts.flat(), ...cells.filter(({ key }) => key === recommended?.key)])]
  const { id, fp32 } = cells[0].task
  const { noun, loss, value, higherIsBetter } = TASKS[id]
  const axis = lossScale(cells[0].task, [
    ...cells.map(lossOf),
    ...telling.flatMap(({ task }) => task.ci95.map((end) => end * loss.factor)),
  ])
  const sizes = cells.map(({ memory }) => memory.weightBytes)
  const radius = ({ memory }: Measured): number =>
    Math.max(SMALLEST_RADIUS, LARGEST_RADIUS * Math.sqrt(memory.weightBytes / Math.max(...sizes)))
  const { baseline } = workload
  const baselineLoss = baseline === undefined ? Infinity : loss.factor * gain(TASKS[id], baseline, fp32)
  const baselineShown = baseline !== undefined && baselineLoss <= axis.domain[1]
  const time = timeScale(cells.map(({ latency }) => latency.median))
  const latencyOf = ({ latency }: Measured): number => latency.median / time.size
  const at = { x: latencyOf, y: lossOf, fy: deviceOf }
  const margins = axis.margin + MARGIN_RIGHT

  const height = 70 + devices.length * (devices.length > 1 ? PANEL_HEIGHT.several : PANEL_HEIGHT.one)
  const several = devices.length > 1
  const draw = (width: number): SVGElement | HTMLElement => {
    const xAxis = latencyAxis(cells.map(latencyOf), time.unit, width - margins)
    const place = Plot.scale({ x: { ...xAxis, range: [0, width - margins] } })
    const rise = Plot.scale({
      y: { ...axis.scale, range: [0, several ? PANEL_HEIGHT.several * 0.85 : PANEL_HEIGHT.one] },
    })
    const heaps = devices.flatMap((device, i) =>
      heapsOf(
        cells.filter((cell) => deviceOf(cell) === deviceOf(device)),
        (cell) => [place.apply(latencyOf(cell)) as number, rise.apply(lossOf(cell)) as number],
        APART,
        (cell) => cell.key === recommended?.key || fronts[i].includes(cell),
      ),
    )
    const marks = heaps.map(({ first }) => first)
    // To the right of a mark at the right end, a number would cover the labels of the lines.
    const sideOf = (x: number): number => (x + LARGEST_RADIUS + NUMBER_WIDTH > width - margins ? -1 : 1)
    const plot = Plot.plot({
      width,
      height,
      marginLeft: axis.margin,
      marginRight: MARGIN_RIGHT,
      marginTop: 30,
      marginBottom: 40,
      x: xAxis,
      y: {
        ...axis.scale,
        reverse: true,
        grid: true,
        label: axis.label,
        ...MIDDLE_LABEL,
      },
      fy: { axis: null, padding: several ? 0.15 : 0, domain: devices.map(deviceOf) },
      r: { type: 'identity' },
      symbol: { type: 'identity' },
      color: { type: 'identity' },
      marks: [
        Plot.frame({ stroke: 'var(--rule)' }),
        referenceLine(0, `FP32\n${written(fp32, value)}`, 'var(--fp32)'),
        baselineShown
          ? referenceLine(baselineLoss, `baseline\n${written(baseline, value)}`, 'var(--bad)')
          : null,
        Plot.text(devices, {
          fy: deviceOf,
          text: (device: Cell) =>
            deviceOf(device) + (isSoftware(device.adapter, run.machine) ? ' (CPU)' : ''),
          frameAnchor: 'top-left',
          dy: -18,
          fontWeight: 600,
          fill: 'var(--ink)',
        }),
        fronts.map((front) =>
          Plot.line(front, { ...at, curve: 'step-after', stroke: 'var(--ink-3)', strokeWidth: 1.25 }),
        ),
        Plot.ruleX(
          telling.filter((cell) => marks.includes(cell)),
          {
            x: latencyOf,
            fy: deviceOf,
            y1: ({ task }: Measured) => task.ci95[0] * loss.factor,
            y2: ({ task }: Measured) => task.ci95[1] * loss.factor,
            stroke: colorOf,
            strokeOpacity: 0.6,
            strokeWidth: 1.5,
          },
        ),
        Plot.dot(marks, {
          ...at,
          r: radius,
          symbol: symbolOf,
          fill: fillOf,
          fillOpacity: (cell: Measured) => (!meets(cell) ? 0.12 : cell.status === 'unstable' ? 0.3 : 0.9),
          stroke: (cell: Measured) => (meets(cell) ? strokeOf(cell) : 'var(--ink-3)'),
        }),
        [1, -1].map((side) =>
          Plot.text(
            heaps.filter(
              ({ first, cells: heap }) => heap.length > 1 && sideOf(place.apply(latencyOf(first))) === side,
            ),
            {
              x: ({ first }: Heap) => latencyOf(first),
              y: ({ first }: Heap) => lossOf(first),
              fy: ({ first }: Heap) => deviceOf(first),
              text: ({ cells: heap }: Heap) => `×${heap.length}`,
              textAnchor: side > 0 ? 'start' : 'end',
              dx: side * (LARGEST_RADIUS + 3),
              fill: 'var(--ink-2)',
              stroke: 'var(--surface)',
              strokeWidth: 3,
            },
          ),
        ),
        Plot.dot(
          cells.filter(({ key }) => key === recommended?.key),
          { ...at, r: (cell: Measured) => radius(cell) + 4, stroke: 'var(--ink)', strokeWidth: 1.5 },
        ),
        Plot.tip(
          marks,
          Plot.pointer({
            ...at,
            title: (cell: Measured) => describe(cell, heaps),
            fill: 'var(--surface)',
            stroke: 'var(--rule-strong)',
          }),
        ),
      ],
    })
    plot.addEventListener('click', () => {
      const cell = plot.value as Measured | null
      if (cell !== null) open(cell)
    })
    return plot
  }

  const side = higherIsBetter ? 'below' : 'above'
  const constant =
    baseline === undefined || !isLabelled(id)
      ? ''
      : `${capitalized(TASKS[id].baselineName)} scores ${written(baseline, value)}, ` +
        `${named(significant(baselineLoss), loss)} ${side} FP32`
  return figure({
    title: `${capitalized(noun)} against latency`,
    description:
      `${cells.length} cells of ${workload.title}, FP32 at ${written(fp32, value)}. ` +
      fronts
        .map((front, i) => `Pareto front on ${deviceOf(devices[i])}: ${front.map(inWords).join('; ')}. `)
        .join('') +
      `${constant && `${constant}. `}Every point is a row in the view “Cells”.`,
    height,
    draw,
    table: () => ({
      heads: [
        'Configuration',
        'Device',
        capitalized(noun),
        capitalized(loss.noun),
        'Latency',
        'Model',
        'Goals',
      ],
      rows: cells.map((cell) => [
        configurationName(cell),
        deviceOf(cell),
        valueInWords(cell.task),
        lossInWords(cell.task),
        duration(cell.latency.median),
        bytes(cell.memory.weightBytes),
        meets(cell) ? 'met' : 'missed',
      ]),
    }),
    legend: legend(cells),
    note:
      'Up and left is better. ×2 marks two cells at one place. Outlines are cells that miss a goal. ' +
      `Mark area is model size, ${bytes(Math.min(...sizes))} to ${bytes(Math.max(...sizes))}. The ` +
      `stepped line is the Pareto front, with 95% intervals of the ${loss.noun}` +
      (recommended === undefined ? '' : '; the ring is the recommendation') +
      `${cells.some(({ status }) => status === 'unstable') ? '; faint marks are unstable' : ''}.` +
      (baselineShown || constant === '' ? '' : ` ${constant}, off this axis.`),
  })
}

/** The axis for some latencies in a unit, `length` pixels long. */
function latencyAxis(medians: readonly number[], unit: string, length: number): Plot.ScaleOptions {
  const [fastest, slowest] = [Math.min(...medians), Math.max(...medians)]
  const axis = { ...MIDDLE_LABEL, grid: true } as const
  if (slowest <= LINEAR_SPREAD * fastest)
    return {
      ...axis,
      domain: [0, slowest * 1.1],
      label: `latency, median (${unit})`,
      ticks: Math.floor(length / 80),
    }
  const domain = [fastest / 1.4, slowest * 1.4] as const
  const decade = length / Math.log10(domain[1] / domain[0])
  const steps = Math.log10(2) * decade < TICK_ROOM ? [1] : [1, 2, 5]
  const every = Math.ceil(TICK_ROOM / decade)
  const first = Math.floor(Math.log10(domain[0]))
  const decades = Array.from({ length: Math.ceil(Math.log10(domain[1])) - first + 1 }, (_, i) => first + i)
  const ticks = decades
    .filter((power) => power % every === 0)
    .flatMap((power) => steps.map((step) => step * 10 ** power))
    .filter((tick) => tick >= domain[0] && tick <= domain[1])
  return {
    ...axis,
    type: 'log',
    domain,
    ticks,
    tickFormat: (tick: number) => String(Number(tick.toPrecision(1))),
    label: `latency, median (${unit}, log)`,
  }
}

function referenceLine(y: number, label: string, color: string): Plot.Markish {
  return [
    Plot.ruleY([y], { stroke: color, strokeDasharray: '5 3' }),
    Plot.text([y], {
      y,
      text: () => label,
      frameAnchor: 'right',
      textAnchor: 'start',
      lineAnchor: 'middle',
      dx: 6,
      fill: color,
    }),
  ]
}

function lossOf({ task }: Measured): number {
  return task.loss * TASKS[task.id].loss.factor
}

function strokeOf(cell: Measured): string {
  if (cell.status === 'unstable') return 'var(--ink-2)'
  return isHollow(cell) ? colorOf(cell) : 'var(--surface)'
}

function describe(cell: Measured, heaps: readonly Heap[]): string {
  const others = (heaps.find(({ first }) => first === cell)?.cells.length ?? 1) - 1
  const { task, latency, memory } = cell
  return [
    configurationName(cell),
    deviceOf(cell),
    `${valueInWords(task)}, ${cell.precision === 'fp32' ? 'the reference' : lossWithInterval(task)}`,
    `${duration(latency.median)} ${range(latency.ci95, duration)}${cell.status === 'unstable' ? ', unstable' : ''}`,
    bytes(memory.weightBytes),
    ...(others > 0 ? [`and ${counted(others, 'other')} at this place`] : []),
  ].join('\n')
}

function inWords(cell: Measured): string {
  return (
    `${configurationName(cell)} at ${duration(cell.latency.median)}, ${TASKS[cell.task.id].loss.noun} ` +
    lossInWords(cell.task)
  )
}
