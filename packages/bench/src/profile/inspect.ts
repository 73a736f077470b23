import {
  type Decision,
  type Execution,
  type Samples,
  TASKS,
  type TaskId,
  tensor,
  type Tensor,
} from '@octet/core'
import { profileOf, type Profiled } from './profile.ts'
import type { Ends } from './stages.ts'

/** The two ends of an inference: a stored sample, and the task that its outputs answer. */
export interface EndsOf {
  /** One tensor [1, ...] for each input. */
  readonly stored: readonly Tensor[]
  readonly task: TaskId
  readonly decision: Decision | undefined
}

/** A loaded program to inspect, local or remote. */
export interface Inspected extends Pick<Execution, 'program' | 'run'> {
  /** Like `profileOf`. */
  profile(ends: EndsOf, budgetNs: number): Promise<Profiled | undefined>
}

export function inspected(execution: Execution): Inspected {
  const { program } = execution
  return {
    program,
    run: (x) => execution.run(x),
    profile: (ends, budgetNs) => profileOf(execution, endsIn(ends), budgetNs),
  }
}

function endsIn({ stored, task, decision }: EndsOf): Ends {
  const widened = stored.length === 1 ? () => widen(stored[0]) : (): Samples => stored.map(widen)
  return { decode: widened, answer: (outputs) => TASKS[task].answer(outputs, 1, decision) }
}

function widen({ shape, data }: Tensor): Tensor<'float32'> {
  const into = tensor('float32', shape)
  into.data.set(data)
  return into
}
