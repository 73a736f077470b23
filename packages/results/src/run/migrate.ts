import { TASKS } from '@octet/core'

type Fields = Readonly<Record<string, unknown>>

/**
 * Brings a run file of schema 1 to schema 2, which names the task of a workload and of a score. Schema 1 had only one
 * task with labels, classification. Any part that does not fit schema 1 stays unchanged, and the check then refuses it.
 */
export function fromSchema1(run: Fields): Fields {
  return {
    ...run,
    schema: 2,
    workloads: each(run['workloads'], workload),
    cells: each(run['cells'], cell),
    ...('findings' in run && { findings: each(run['findings'], finding) }),
  }
}

/**
 * A training in today's form. Earlier runs, including some of schema 2, call the metric of a validation its accuracy.
 */
export function fromEarlierTraining(training: unknown): unknown {
  if (!isFields(training)) return training
  const validations = each(training['validations'], ({ accuracy, ...rest }) => ({
    ...rest,
    ...(accuracy !== undefined && { value: accuracy }),
  }))
  return { ...training, validations }
}

function workload({ task, metric, majorityShare, recorded, ...rest }: Fields): Fields {
  return {
    ...rest,
    description: task,
    task: metric === TASKS.classification.metric ? 'classification' : 'none',
    ...(majorityShare !== undefined && { baseline: majorityShare }),
    ...(recorded !== undefined && { recorded: isFields(recorded) ? measured(recorded) : recorded }),
  }
}

function measured({ accuracy, ...rest }: Fields): Fields {
  return { value: accuracy, ...rest }
}

function cell({ accuracy, ...rest }: Fields): Fields {
  if (!isFields(accuracy)) return rest
  const { id, unit, higherIsBetter } = TASKS.classification
  const { drop, ...score } = accuracy
  return { ...rest, task: { id, unit, higherIsBetter, ...score, loss: drop } }
}

function finding({ id, ...rest }: Fields): Fields {
  return { ...rest, id: id === 'no-better-than-majority' ? 'no-better-than-baseline' : id }
}

function each(items: unknown, change: (fields: Fields) => Fields): unknown {
  return Array.isArray(items) ? items.map((item) => (isFields(item) ? change(item) : item)) : items
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
