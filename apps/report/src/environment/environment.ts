import { isLabelled, TASKS } from '@octet/core'
import type { Run, WorkloadInfo } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { facts } from '../dom/facts.ts'
import { bytes, counted, grouped } from '../format/number.ts'
import { written } from '../format/task.ts'
import { elapsed, instant } from '../format/time.ts'
import type { View } from '../page/view.ts'
import './environment.css'

/** The machine and the source of the numbers, and how to measure them again. */
export const environment: View = {
  id: 'environment',
  title: 'Environment',
  applies: () => true,
  render: ({ run }) => [
    h(
      'div',
      { class: 'cards' },
      card('Run', runFacts(run)),
      card('Machine', machineFacts(run)),
      run.machine.adapters.map((adapter) =>
        card(
          [adapter.name || adapter.id, adapter.software && h('span', { class: 'tag' }, 'CPU')],
          facts(
            ['Adapter', h('code', {}, adapter.id)],
            ['Vendor', adapter.vendor || undefined],
            ['Architecture', adapter.architecture || undefined],
            ['Backend', adapter.backend],
            ['Driver', adapter.driver || undefined],
            ...Object.entries(adapter.modes).map(([mode, words]) => [modeInWords(mode), words] as const),
            [
              'Features',
              adapter.features.length > 0 &&
                h(
                  'details',
                  {},
                  h('summary', {}, counted(adapter.features.length, 'feature')),
                  h(
                    'ul',
                    { class: 'features' },
                    adapter.features.map((feature) => h('li', {}, h('code', {}, feature))),
                  ),
                ),
            ],
          ),
        ),
      ),
    ),
    repeat(run),
    run.workloads.length > 0 && [
      h('h3', {}, 'Data and licences'),
      h(
        'div',
        { class: 'cards' },
        run.workloads.map((workload) => card(workload.title, workloadFacts(workload))),
      ),
    ],
  ],
}

/** The label of a mode. The name of a mode is a precision, or another property that a package reports. */
function modeInWords(mode: string): string {
  if (/^(fp32|fp16|int8)$/.test(mode)) return `${mode.toUpperCase()} as`
  const words = mode.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  return `${words[0].toUpperCase()}${words.slice(1)}`
}

function runFacts({ run, cells }: Run): HTMLElement {
  return facts(
    ['Id', h('code', {}, run.id)],
    ['Started', instant(run.startedAt)],
    ['Took', elapsed(run.startedAt, run.finishedAt)],
    ['Cells', grouped(cells.length)],
    ['Commit', [h('code', {}, run.commit), run.dirty && ' with uncommitted changes']],
    ['Seed', String(run.seed)],
    ['Shard', run.shard && `${run.shard[0]} of ${run.shard[1]}`],
  )
}

function machineFacts({ machine }: Run): HTMLElement {
  return facts(
    ['CPU', `${machine.cpu}, ${counted(machine.cores, 'core')}`],
    ['Memory', bytes(machine.memoryBytes)],
    ['System', machine.os],
    ['Runtime', machine.runtime],
    ['Clock governor', machine.governor],
    ['Fingerprint', h('code', {}, machine.fingerprint)],
  )
}

/** The limit on the number of samples, if a budget set it. */
function budget({ budgetMacs }: WorkloadInfo['evaluationSamples']): string {
  return budgetMacs === undefined
    ? ''
    : `, by a budget of ${grouped(budgetMacs / 1e9)} billion multiply-adds a configuration`
}

function workloadFacts(workload: WorkloadInfo): HTMLElement {
  const {
    id,
    description,
    task,
    decision,
    classes,
    licence,
    source,
    baseline,
    recorded,
    calibrationSamples,
    evaluationSamples,
  } = workload
  const judged = task === 'none' ? undefined : TASKS[task]
  const labelled = isLabelled(task) ? TASKS[task] : undefined
  return facts(
    ['Workload', h('code', {}, id)],
    ['Task', description],
    ['Metric', TASKS[task].metric],
    [
      'Threshold',
      decision && `a probability of ${decision.threshold}, outputs taken for ${decision.outputs}`,
    ],
    ['Classes', classes.join(', ')],
    [
      'Baseline',
      labelled && baseline !== undefined && `${written(baseline, labelled.value)}: ${labelled.baselineName}`,
    ],
    [
      'Recorded FP32',
      judged &&
        recorded &&
        `${written(recorded.value, judged.value)} on ${grouped(recorded.samples)} samples`,
    ],
    ['Calibration', `${grouped(calibrationSamples)} samples`],
    [
      'Evaluation',
      `${grouped(evaluationSamples.used)} of ${grouped(evaluationSamples.available)} ` +
        `samples${budget(evaluationSamples)}`,
    ],
    ['Licence', licence],
    ['Source', source],
    [
      'Notes',
      workload.notes.length > 0 &&
        h(
          'ul',
          {},
          workload.notes.map((note) => h('li', {}, note)),
        ),
    ],
  )
}

/** The command that wrote the run. A dirty checkout cannot be restored, and the text says so. */
function repeat({ run }: Run): HTMLElement {
  const known = run.commit !== 'unknown'
  return h(
    'div',
    { class: 'repeat' },
    h('h3', {}, 'Measure it again'),
    h('pre', { tabindex: 0 }, h('code', {}, `${known ? `git checkout ${run.commit}\n` : ''}${run.command}`)),
    h(
      'p',
      { class: 'chart-note' },
      run.dirty
        ? 'The checkout had uncommitted changes, so the commit alone does not reproduce this run. '
        : '',
      'Accuracy, sizes and INT8 outputs are the same for the same commit and seed. Times differ between machines.',
    ),
  )
}

function card(title: Child, body: Child): HTMLElement {
  return h('section', { class: 'card' }, h('h3', {}, title), body)
}
