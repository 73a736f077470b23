import {
  elements,
  largestBatch,
  lower,
  type Model,
  modelOf,
  OctetError,
  type OpSpec,
  type Program,
  type Samples,
  macsOfProgram,
} from '@octet/core'
import type { Finding, WorkloadInfo } from '@octet/results'
import { batchOf, inFile, sizeOf, type Workload } from '@octet/workloads'
import { requireFitting } from '../calibrate/ranges.ts'
import { requirePlanned } from '../quantize/plan.ts'
import { chooseRows, type Evaluation, evaluationOf } from '../measure/evaluation.ts'
import type { Reporter } from '../show/reporter.ts'
import { intakeFindings } from './intake.ts'
import { openReference } from './open-workload.ts'
import { type SampleCount, sampleCount } from './samples.ts'
import type { SweepOptions, WorkloadReference } from './options.ts'

/**
 * The most bytes of the largest activation of an evaluation batch: enough to fill a device, and few enough for its
 * caches.
 */
const LARGEST_ACTIVATION_BYTES = 4 * 2 ** 20
const LARGEST_BATCH = 256

/** A workload that is ready to measure. */
export interface Subject {
  readonly info: WorkloadInfo
  readonly workload: Workload
  readonly model: Model
  /** The ops of its FP32 program. */
  readonly ops: ReadonlySet<OpSpec['op']>
  readonly evaluation: Evaluation
  /** The raw first evaluation sample, which is used for measuring latency. */
  readonly sample: Samples
  /** Multiply-accumulates of one inference. */
  readonly macs: number
  /** Doubts about the workload, before any measurement. */
  readonly findings: readonly Finding[]
}

/**
 * Opens every workload of a sweep, so that bad input is found before anything is measured.
 * @throws OctetError for input that cannot be used, or for two workloads with the same name.
 */
export async function openSubjects(options: SweepOptions, reporter: Reporter): Promise<Subject[]> {
  const subjects: Subject[] = []
  for (const reference of options.workloads) {
    reporter.stage(`opening ${reference.source}`)
    const subject = await openSubject(reference, options)
    // Some file systems do not distinguish upper case from lower case.
    if (subjects.some(({ info }) => info.id.toLowerCase() === subject.info.id.toLowerCase()))
      throw new OctetError(
        `two workloads are called "${subject.info.id}"`,
        'give one of them another name in its manifest.json',
      )
    if (subject.workload.found !== undefined) reporter.note(`${subject.info.id}: ${subject.workload.found}`)
    for (const { severity, verdict } of subject.findings)
      if (severity === 'warning') reporter.log(`${subject.info.id}: ${verdict}`)
    subjects.push(subject)
  }
  return subjects
}

/** Opens a workload, builds its model and chooses its evaluation samples. */
async function openSubject(reference: WorkloadReference, options: SweepOptions): Promise<Subject> {
  const { source, files } = reference
  const workload = await openReference(reference)
  const { graph, normalizer } = workload
  const { model, single } = inFile(source, () => {
    const model = modelOf(graph)
    return { model, single: lower({ precision: 'fp32', model }, { batch: 1, normalizer }) }
  })
  if (options.ranges !== undefined) requireFitting(options.ranges, workload, model)
  if (options.plan !== undefined) inFile(source, () => requirePlanned(model, options.plan!))
  const macs = macsOfProgram(single)
  const count = sampleCount(options, macs)
  const rows = chooseRows(workload.evaluation, count.most, options.seed, graph.states !== undefined)
  const evaluation = evaluationOf(
    workload.evaluation,
    rows,
    Math.min(batchSize(single), largestBatch(workload.graph), rows.length),
  )
  return {
    info: describe(workload, macs, rows.length, count),
    workload,
    model,
    ops: new Set(single.steps.map(({ spec }) => spec.op)),
    evaluation,
    sample: batchOf(workload.evaluation, rows[0], 1),
    macs,
    findings: intakeFindings(workload, files !== undefined && files.manifest === undefined),
  }
}

function batchSize({ tensors }: Program): number {
  const largest = Math.max(...tensors.map(({ shape }) => 4 * elements(shape)))
  return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(LARGEST_ACTIVATION_BYTES / largest)))
}

function describe(workload: Workload, macs: number, used: number, { budgetMacs }: SampleCount): WorkloadInfo {
  const { id, title, description, task, decision, classes, baseline, ...about } = workload
  const { licence, source, notes, split, recorded } = about
  return {
    id,
    title,
    description,
    task,
    ...(decision && { decision }),
    classes: [...classes],
    macs,
    ...(baseline !== undefined && { baseline }),
    licence,
    source,
    notes: [split, ...notes],
    ...(recorded && { recorded }),
    calibrationSamples: sizeOf(workload.calibration),
    evaluationSamples: {
      used,
      available: sizeOf(workload.evaluation),
      ...(budgetMacs !== undefined && { budgetMacs }),
    },
  }
}
