import { type DeviceInfo, precisionOf } from '@octet/core'
import type { CaseResult, ConformanceCase } from '@octet/core/conformance'
import type { CaseStage, Message, Stage, TrialRequest } from './task.ts'
import { watch } from './watch.ts'

/**
 * The longest silence of a package in one stage. It does not measure speed: software adapters compile single shaders
 * for 20 s, and several times as long on busy machines.
 */
const PATIENCE_MS = 120_000
/** A stage that lasts longer is named on stderr. */
const LONG_S = 10
/** A package that blocks or ends its process this many times is left out. */
const MOST_FALLS = 3

/** The result of a trial. */
export interface TrialOutcome {
  /** Absent if the package cannot be imported. */
  readonly id?: string
  /** The reason why the package cannot be used at all. */
  readonly broken?: string
  /** The opened device. Absent if no device opened. */
  readonly device?: DeviceInfo
  /** The result of each tried case. */
  readonly results: readonly CaseResult[]
  /** Names of the cases that blocked or ended the package's process. Later cases of the same op are not tried. */
  readonly falls: readonly string[]
  /**
   * Whether a new trial would give the same outcome: there are no faults, or only hangs. Exceptions may be temporary,
   * and a new trial soon shows them again.
   */
  readonly lasting: boolean
}

export interface TrialOptions {
  /** The longest silence of a package in a stage, in milliseconds. */
  readonly patience?: (stage: Stage) => number
  /** Called during the trial. */
  readonly onStage?: (words: string) => void
  /** Called once for a stage that lasts long. */
  readonly onWait?: (words: string) => void
  /** Called for each notice of the package. */
  readonly onWarn?: (text: string) => void
}

/**
 * Tries a package in child processes: imports it, opens its device and judges conformance cases. If a process hangs or
 * dies, its stage is to blame, and another process continues after that stage.
 */
export async function tryPackage(
  task: Omit<TrialRequest, 'cases'>,
  cases: readonly ConformanceCase[],
  {
    patience = () => PATIENCE_MS,
    onStage = () => {},
    onWait = () => {},
    onWarn = () => {},
  }: TrialOptions = {},
): Promise<TrialOutcome> {
  const results: CaseResult[] = []
  const falls: CaseStage[] = []
  let about: Pick<TrialOutcome, 'id' | 'broken' | 'device'> = {}
  let [lasting, left] = [true, cases]
  const hear = (message: Message): void => {
    if (message.kind === 'enter') onStage(stageInWords(message.stage))
    if (message.kind === 'imported') about = { ...about, id: message.id }
    if (message.kind === 'device') about = { ...about, device: message.info }
    if (message.kind === 'judged') {
      results.push(message.result)
      lasting &&= message.result.status !== 'failed'
    }
    if (message.kind === 'broken') about = { ...about, broken: message.what }
    if (message.kind === 'broken' || message.kind === 'unavailable') lasting = false
  }
  let waitedFor: Stage | undefined
  const wait = (stage: Stage, seconds: number): void => {
    if (seconds < LONG_S || stage === waitedFor) return
    waitedFor = stage
    onWait(`${stageInWords(stage)} takes long; Octet stops it after ${patience(stage) / 1000} s`)
  }
  while (about.broken === undefined) {
    const names = left.map(({ name }) => name)
    const fall = await watch({ ...task, cases: names }, patience, { hear, warn: onWarn, wait })
    if (fall === undefined) break
    const { stage, how, hang } = fall
    lasting &&= hang
    if (typeof stage === 'string') about = { ...about, broken: `its ${stage} ${how}` }
    else {
      falls.push(stage)
      results.push({ ...stage, status: 'failed', detail: `it ${how}` })
      left = stillToJudge(left, results, stage)
      if (falls.length === MOST_FALLS) about = { ...about, broken: tooManyFalls(falls) }
    }
  }
  return { ...about, results, falls: falls.map((fall) => fall.case), lasting }
}

function stillToJudge(
  cases: readonly ConformanceCase[],
  results: readonly CaseResult[],
  fallen: CaseStage,
): ConformanceCase[] {
  const judged = new Set(results.map((result) => result.case))
  return cases.filter(
    ({ name, spec }) =>
      !judged.has(name) && !(spec.op === fallen.op && precisionOf(spec) === fallen.precision),
  )
}

function tooManyFalls(falls: readonly CaseStage[]): string {
  const ops = falls.map(({ op, precision }) => `${op} ${precision}`)
  return `it hangs or ends its process in ${ops.join(', ')}; nothing after that was tried`
}

function stageInWords(stage: Stage): string {
  return typeof stage === 'string' ? stage : stage.case
}
