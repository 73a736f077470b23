import type { Trained } from './trained.ts'
import { type ScoredTask, TASKS, type Unit } from '@octet/core'
import {
  type Cell,
  configurationKey,
  configurationName,
  type Recovery,
  recoveryOf,
  type Run,
} from '@octet/results'
import { h } from '../dom/element.ts'
import { counted, duration, fixed } from '../format/number.ts'
import { bare, isScored, tasksOf } from '../format/task.ts'
import type { View } from '../page/view.ts'
import { type Column, figures, sortableTable, words } from '../table/sortable.ts'
import { course } from './course.ts'
import './training.css'

/** The gain of quantization-aware training over PTQ on the same grids, and its cost. */
export const training: View = {
  id: 'training',
  title: 'Training',
  applies: (run) => trainedIn(run).length > 0,
  render({ run, runs }) {
    const trained = trainedIn(run)
    const seeds = trained.some(({ cell }) => otherSeeds(runs, run, cell).length > 0)
    const table = sortableTable({
      caption: 'The gain and the cost of training',
      columns: [...columns(run), ...(seeds ? [spread(runs, run)] : [])],
      onOrder: (order) => table.show(trained, order),
    })
    table.show(trained, undefined)
    const workloads = Map.groupBy(trained, ({ cell }) => cell.workload)
    return [
      h(
        'p',
        { class: 'lead' },
        'QAT beside PTQ with the same bits, granularity and calibration. Octet keeps the model with the ' +
          'smallest loss on separate validation samples. Its score need not be the best.',
      ),
      table.element,
      h(
        'p',
        { class: 'chart-note' },
        seeds
          ? 'Other seeds come from the other runs on this page. If a run uses only some evaluation ' +
              'samples, its seed also draws them.'
          : 'Only one seed was trained, so the difference between seeds is unknown. To see it, open ' +
              'runs with another --seed on this page.',
      ),
      h(
        'div',
        { class: 'charts courses' },
        [...workloads].map(([workload, group]) => course(workload, group)),
      ),
    ]
  },
}

function trainedIn(run: Run): Trained[] {
  return (run.trainings ?? []).flatMap((one) => {
    const cell = run.cells.find(
      (other) => other.workload === one.workload && configurationKey(other) === one.configuration,
    )
    return cell === undefined || !isScored(cell) ? [] : [{ training: one, cell }]
  })
}

/** A configuration's QAT scores in runs with other seeds. */
function otherSeeds(runs: readonly Run[], { run }: Run, { key }: Cell): number[] {
  return runs
    .filter((other) => other.run.seed !== run.seed)
    .flatMap(({ cells }) => cells.find((one) => one.key === key)?.task?.value ?? [])
}

function spread(runs: readonly Run[], run: Run): Column<Trained> {
  return {
    id: 'seeds',
    head: 'QAT, other seeds',
    number: true,
    value: ({ cell }) => otherSeeds(runs, run, cell)[0],
    content: ({ cell }) => {
      const found = otherSeeds(runs, run, cell)
      const unit = valueUnit(TASKS[cell.task.id])
      if (found.length === 0) return '–'
      const ends = [Math.min(...found), Math.max(...found)].map((one) => bare(one, unit))
      return [
        ends[0] === ends[1] ? ends[0] : ends.join(' to '),
        h('small', {}, ` ${counted(found.length, 'run')}`),
      ]
    },
  }
}

const valueUnit = ({ value }: ScoredTask): Unit => value

function columns(run: Run): Column<Trained>[] {
  const units = (of: (task: ScoredTask) => Unit): string => {
    const ids = tasksOf(trainedIn(run).map(({ cell }) => cell))
    return [...new Set(ids.map((id) => of(TASKS[id]).name))].filter(Boolean).join(', ')
  }
  const scored = (
    id: string,
    head: string,
    unitOf: (task: ScoredTask) => Unit,
    read: (recovery: Recovery) => number | undefined,
  ): Column<Trained> => {
    const value = ({ cell }: Trained): number | undefined => {
      const recovery = recoveryOf(run, cell)
      return recovery && read(recovery)
    }
    return figures([id, head, units(unitOf)], value, (found, { cell }) =>
      bare(found, unitOf(TASKS[cell.task.id])),
    )
  }
  return [
    words('workload', 'Workload', ({ cell }) => cell.workload),
    words('configuration', 'Configuration', ({ cell }) => configurationName(cell)),
    scored('ptq', 'PTQ', valueUnit, ({ ptq }) => ptq),
    scored('qat', 'QAT', valueUnit, ({ qat }) => qat),
    scored('fp32', 'FP32', valueUnit, ({ fp32 }) => fp32),
    scored(
      'gained',
      'Recovered',
      ({ loss }) => loss,
      ({ gained }) => gained,
    ),
    {
      id: 'cost',
      head: 'Cost',
      unit: 'of training',
      number: true,
      value: ({ training: { seconds } }) => seconds,
      content: ({ training: { seconds } }) =>
        seconds === undefined ? 'trained before' : duration(seconds * 1e9),
    },
    figures(
      ['steps', 'Steps', 'kept step of all'],
      ({ training: { steps } }) => steps,
      (steps, { training: { best, stoppedEarly } }) =>
        `${fixed(best, 0)} of ${fixed(steps, 0)}${stoppedEarly ? ', stopped early' : ''}`,
    ),
  ]
}
