import { TASKS } from '@octet/core'
import {
  type Cell,
  configurationName,
  energyInWords,
  meetsGoals,
  type Run,
  type Storage,
  type TaskScore,
} from '@octet/results'
import { colorOf, mark } from '../chart/encoding.ts'
import { type Child, h } from '../dom/element.ts'
import { facts } from '../dom/facts.ts'
import { deviceOf, transformsInWords } from '../format/configuration.ts'
import {
  bytes,
  counted,
  decibels,
  duration,
  grouped,
  percent,
  range,
  ratio,
  significant,
} from '../format/number.ts'
import { bare, capitalized, lossInWords, valueInWords, written } from '../format/task.ts'
import { instant } from '../format/time.ts'
import type { Address } from '../page/address.ts'
import { causeOf } from '../why/cause.ts'
import { causeLine } from '../why/causes.ts'
import { roundsChart } from './rounds.ts'
import './details.css'

/** A dialog with everything about the cell that the address names, including its raw samples and their source. */
export function cellDetails(run: Run, address: Address): HTMLDialogElement {
  const dialog = h('dialog', {
    class: 'details',
    'aria-labelledby': 'details-title',
    on: {
      close: () => address.set({ cell: undefined }),
      click: (event) => {
        if (event.target === dialog) dialog.close()
      },
    },
  })
  const update = (): void => {
    const cell = run.cells.find(({ key }) => key === address.get('cell'))
    if (cell === undefined) {
      if (dialog.open) dialog.close()
      return
    }
    if (dialog.dataset['cell'] !== cell.key || !dialog.open) {
      dialog.replaceChildren(content(run, cell, () => dialog.close()))
      dialog.dataset['cell'] = cell.key
    }
    if (!dialog.open && dialog.isConnected) dialog.showModal()
  }
  address.onChange(update)
  queueMicrotask(update)
  return dialog
}

function content(run: Run, cell: Cell, close: () => void): HTMLElement {
  const { latency, status, reason } = cell
  return h(
    'div',
    { class: 'details-sheet' },
    h(
      'header',
      {},
      h(
        'h2',
        { id: 'details-title' },
        mark(cell),
        ' ',
        configurationName(cell),
        h('small', {}, `${cell.workload} on ${deviceOf(cell)}`),
      ),
      h('button', { type: 'button', class: 'close', on: { click: close } }, 'Close'),
    ),
    h('p', {}, h('span', { class: `status ${status}` }, status), reason !== undefined && [' ', reason]),
    isLossy(cell) && h('p', {}, causeLine(causeOf(run, cell))),
    h('div', { class: 'details-groups' }, quality(cell), time(cell), size(cell)),
    latency && [roundsChart(latency, colorOf(cell)), sharing(run, cell)],
    provenance(run, cell),
    latency &&
      h(
        'details',
        {},
        h('summary', {}, `Raw samples, ${latency.unit}`),
        h('p', { class: 'raw' }, latency.samples.map((ns) => String(ns)).join(' ')),
      ),
  )
}

/** Whether a quantized cell loses more than the default goal of its task. */
function isLossy(cell: Cell): boolean {
  return cell.method !== 'none' && cell.task !== undefined && !meetsGoals(cell, {})
}

function quality({ task: score, fidelity, outputsHash, precision }: Cell): Child {
  if (score === undefined && fidelity === undefined) return undefined
  return group(
    capitalized(TASKS[score?.id ?? 'none'].noun),
    facts(
      ...(score ? scoreFacts(score, precision === 'fp32') : []),
      ['Output SQNR', fidelity && `${decibels(fidelity.sqnrDb)} dB`],
      ['Largest error', fidelity && significant(fidelity.maxAbsError)],
      ['Same answer as FP32', fidelity?.agreement !== undefined && percent(fidelity.agreement)],
      ['Output computed on', fidelity?.device],
      ['Digest of the outputs', outputsHash && h('code', {}, outputsHash)],
    ),
  )
}

function scoreFacts(score: TaskScore, isReference: boolean): (readonly [string, Child])[] {
  const { value, loss, interval, beside } = TASKS[score.id]
  const own = interval?.(score.value, score.samples)
  return [
    [score.metric, `${valueInWords(score)}${own ? ` ${range(own, (end) => written(end, value))}` : ''}`],
    ...Object.entries(beside).map(([name, unit]): readonly [string, Child] => {
      const figure = score.beside?.[name]
      return [name, figure !== undefined && written(figure, unit)]
    }),
    ['FP32 on the same samples', written(score.fp32, value)],
    [
      capitalized(loss.noun),
      isReference
        ? 'none: the reference itself'
        : `${lossInWords(score)} ${range(score.ci95, (end) => bare(end, loss))}`,
    ],
    ['Samples', grouped(score.samples)],
    ['Computed on', score.device],
  ]
}

function time({ latency }: Cell): Child {
  if (latency === undefined) return undefined
  const { median, ci95, vsFp32, firstDispatchNs, stages } = latency
  return group(
    'Time',
    facts(
      ['Latency, median', `${duration(median)} ${range(ci95, duration)}`],
      [
        'Speed against FP32',
        vsFp32 && `${ratio(vsFp32.ratio)}× ${range(vsFp32.ci95, ratio)}, paired by round`,
      ],
      ['First dispatch', duration(firstDispatchNs)],
      ['Upload', duration(stages.uploadNs)],
      ['Readback', duration(stages.readbackNs)],
      ['End to end', duration(stages.endToEndNs)],
    ),
  )
}

function size(cell: Cell): Child {
  const { memory, energy, weights, activations, fallbackOps, method } = cell
  const where = method === 'plan' ? ' of layers on a grid' : ''
  return group(
    'Storage',
    facts(
      [`Weights${where}`, storage(weights)],
      ['Transforms', transformsInWords(cell) || undefined],
      [`Activations${where}`, storage(activations)],
      ['Model', memory && bytes(memory.weightBytes)],
      [
        'Weights while it runs',
        memory?.residentWeightBytes !== undefined && bytes(memory.residentWeightBytes),
      ],
      ['Peak activations', memory && bytes(memory.activationPeakBytes)],
      ['Activations, laid out', memory?.arenaBytes !== undefined && bytes(memory.arenaBytes)],
      ['On the device', memory && bytes(memory.deviceBytes)],
      ...(energy ?? []).map((one): readonly [string, Child] => [
        'Energy of an inference',
        `${energyInWords(one)}, ${one.source}`,
      ]),
      ['Ran on the reference', fallbackOps.length > 0 && fallbackOps.join(', ')],
    ),
  )
}

function sharing({ cells }: Run, { key, latency, kernels, adapter, workload }: Cell): Child {
  const others = cells.filter(
    (other) =>
      other.key !== key &&
      other.workload === workload &&
      other.kernels === kernels &&
      other.adapter === adapter &&
      other.latency?.shared.program === latency!.shared.program,
  )
  if (others.length === 0) return undefined
  return h(
    'p',
    { class: 'chart-note' },
    `The same program runs in ${counted(others.length, 'other cell')}, which share this measurement: ` +
      `${others.map(configurationName).join('; ')}.`,
  )
}

function provenance({ run, machine }: Run, cell: Cell): HTMLElement {
  const adapter = machine.adapters.find(({ id }) => id === cell.adapter)
  return group(
    'Where it comes from',
    facts(
      ['Key', h('code', {}, cell.key)],
      ['Run', `${run.id}, finished ${instant(run.finishedAt)}`],
      ['Commit', [h('code', {}, run.commit), run.dirty && ' with uncommitted changes']],
      ['Seed', String(run.seed)],
      ['Command', h('code', {}, run.command)],
      ['Device', adapter && `${adapter.name}, ${adapter.backend}${adapter.software ? ', on the CPU' : ''}`],
      ['Computed as', adapter?.modes[cell.precision]],
      ['Program', cell.latency && h('code', {}, cell.latency.shared.program)],
      ['Machine', `${machine.cpu}, ${machine.os}, ${machine.runtime}`],
      ['Fingerprint', h('code', {}, machine.fingerprint)],
    ),
  )
}

function group(title: string, body: Child): HTMLElement {
  return h('section', {}, h('h3', {}, title), body)
}

function storage({ bits, scheme, granularity }: Storage): string {
  return scheme === 'none' ? `${bits}-bit float` : `${bits}-bit ${scheme}, ${granularity}`
}
