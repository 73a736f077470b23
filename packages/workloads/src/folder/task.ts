import {
  type Decision,
  type Graph,
  inferShapes,
  isLabelled,
  type LabelledTaskId,
  OctetError,
  TASK_IDS,
  type TaskId,
  taskOfLabels,
  TASKS,
  type Tensor,
  THRESHOLD,
} from '@octet/core'
import type { Manifest } from './manifest.ts'
import type { Stated } from './stated.ts'

/** The task of a model, and a remark on how it was found. */
export interface Purpose {
  readonly task: TaskId
  readonly decision?: Decision
  /** The number of values that the model gives for one sample. */
  readonly outputs: number
  /** How the task was found, if the user has not set it. */
  readonly found?: string
}

/** The known facts about a model's purpose. */
export interface Clues {
  readonly graph: Graph
  /** The labels as the file holds them; undefined if there are none. */
  readonly labels: Tensor | undefined
  /** The settings of a command line, which override the manifest. */
  readonly stated: Pick<Stated, 'task' | 'threshold'>
  readonly manifest: Manifest
}

const SAY_OTHERWISE = `set the task of the model: --task, or task in manifest.json, ${TASK_IDS.join(', ')}`

/** The task that a manifest names. `task` may also be a text about it. */
export function taskIn({ task, task_kind: kind }: Manifest): TaskId | undefined {
  return kind ?? TASK_IDS.find((id) => id === task)
}

/**
 * The task that the user sets, or that names of classes imply; otherwise the task that labels and outputs suggest;
 * `none` without labels. A decision takes outputs for probabilities if the model ends in Sigmoid, HardSigmoid or
 * Softmax, otherwise for logits.
 * @throws OctetError if the model, or its lack of labels, does not fit the task.
 */
export function purposeOf({ graph, labels, stated, manifest }: Clues): Purpose {
  const shape = inferShapes(graph, 1).get(graph.output)!
  const outputs = shape.reduce((product, size) => product * size, 1)
  const named = labels !== undefined && manifest.classes !== undefined ? 'classification' : undefined
  const said = stated.task ?? taskIn(manifest) ?? named
  const task = said ?? (labels === undefined ? 'none' : likely(labels, outputs))
  const unfit = task === 'none' ? undefined : TASKS[task].unfit(outputs)
  if (unfit !== undefined) throw new OctetError(`the model ${unfit}: its task is not ${task}`, SAY_OTHERWISE)
  if (isLabelled(task)) requireLabels(task, shape, labels)
  const decision =
    task === 'binary' ? decisionOf(graph, stated.threshold ?? manifest.threshold ?? THRESHOLD) : undefined
  if (stated.threshold !== undefined && decision === undefined)
    throw new OctetError(
      `a threshold is for a decision, and the task is ${task}`,
      'leave --threshold out, or say --task binary',
    )
  return {
    task,
    outputs,
    ...(decision && { decision }),
    ...(said === undefined && { found: foundInWords(task, outputs) }),
  }
}

function likely(labels: Tensor, outputs: number): LabelledTaskId {
  const task = taskOfLabels(labels, outputs)
  if (task !== undefined) return task
  throw new OctetError(
    `labels [${labels.shape.join(', ')}] fit no task of a model with ${counted(outputs)}`,
    `save one label for each sample, or one number for each output; or ${SAY_OTHERWISE}`,
  )
}

function foundInWords(task: TaskId, outputs: number): string {
  return isLabelled(task)
    ? `judged as ${task}, as its labels and ${counted(outputs)} look; --task or the manifest may say otherwise`
    : 'there are no labels, so no accuracy is computed: Octet judges the model by the distance of its ' +
        'outputs from the outputs of FP32'
}

function requireLabels(task: LabelledTaskId, shape: readonly number[], labels: Tensor | undefined): void {
  if (task === 'classification' && shape.slice(1).filter((size) => size > 1).length > 1)
    throw new OctetError(
      `its output has shape [${['N', ...shape.slice(1)].join(', ')}], not [N, classes]`,
      `export it with a Flatten or a pooling before the classes; or ${SAY_OTHERWISE}`,
    )
  if (labels === undefined)
    throw new OctetError(
      `the task is ${task}, and no labels are given: nothing says which answers are right`,
      `give ${TASKS[task].labelName}: y_eval.npy in a folder, --labels with a model`,
    )
}

function decisionOf({ nodes, output }: Graph, threshold: number): Decision {
  let last = nodes.find((node) => node.output === output)
  while (last !== undefined && PASSING.has(last.op)) {
    const [before] = last.inputs
    last = nodes.find((node) => node.output === before)
  }
  return { threshold, outputs: SQUASHING.has(last?.op ?? '') ? 'probabilities' : 'logits' }
}

/** Ops that do not change numbers, and ops whose outputs are probabilities. */
const PASSING: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose'])
const SQUASHING: ReadonlySet<string> = new Set(['Sigmoid', 'HardSigmoid', 'Softmax'])

function counted(outputs: number): string {
  return outputs === 1 ? 'one output' : `${outputs} outputs`
}
