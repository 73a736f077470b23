import { setImmediate as turn } from 'node:timers/promises'
import { fidelityOf, type PtqConfiguration, TASKS } from '@octet/core'
import {
  type Cell,
  type Configuration,
  configurationName,
  type Finding,
  type Network,
  type TaskScore,
} from '@octet/results'
import { type Answered, scoreOf } from '../measure/answers.ts'
import { digestOf } from '../store/digest.ts'
import { type Attempt, attemptAsync } from './attempt.ts'
import { type CellFigures, type CellPlace, keyAt, measuredCell, skippedCell } from './cell.ts'
import { FP32 } from './configurations.ts'
import type { SweepContext } from './context.ts'
import { findingsOf } from './findings.ts'
import { fitFinding, fitLayers } from './fit.ts'
import { baselineFindings } from './intake.ts'
import { describeLayers } from './layers.ts'
import { networkOf } from './network.ts'
import { OnDevices, type SweepDevice } from './on-devices.ts'
import { Programs } from './programs.ts'
import { RecordedCells } from './recorded-cells.ts'
import { see } from './seen.ts'
import { sufficiencyFor } from './sufficiency.ts'
import type { Subject } from './subject.ts'
import { programName } from './timings.ts'

/** Hexadecimal digits of the digest of a cell's outputs. */
const OUTPUTS_DIGITS = 16

/** One workload's measurements. It makes the shared parts of its configurations once and keeps them. */
export class SubjectSweep {
  readonly #subject: Subject
  readonly #context: SweepContext
  readonly #programs: Programs
  readonly #onDevices: OnDevices
  readonly #findings: Finding[]
  readonly #cells: RecordedCells

  constructor(subject: Subject, context: SweepContext) {
    this.#subject = subject
    this.#programs = new Programs(subject, context)
    this.#onDevices = new OnDevices(subject, context, this.#programs)
    this.#cells = new RecordedCells(context.recorded, context.record)
    const { id } = subject.info
    const found = context.recorded.findLast((entry) => entry.kind === 'findings' && entry.workload === id)
    this.#findings = found?.kind === 'findings' ? [...found.findings] : []
    this.#context = context
  }

  /**
   * Measures the configurations on every open device. First comes one calibration pass. Then each distinct program is
   * tried and timed, with all contenders interleaved. Last comes the quality of each configuration. A cell is recorded
   * when it is complete, and again if its device later proves wrong.
   */
  async run(configurations: readonly Configuration[], onConfiguration: () => void): Promise<void> {
    const { info } = this.#subject
    const { reporter, record, recorded } = this.#context
    record({ kind: 'workload', workload: info })
    this.#find(this.#subject.findings)
    await this.#programs.quantize([FP32, ...configurations])
    // After a resume fewer configurations may be left. The description of all configurations stays valid.
    const described = recorded.some((entry) => entry.kind === 'layers' && entry.workload === info.id)
    if (!described && configurations.some(({ precision }) => precision !== 'fp32'))
      await this.#describe(configurations)
    if (!recorded.some((entry) => entry.kind === 'sufficiency' && entry.sufficiency.workload === info.id))
      await this.#drawSamples(configurations)
    const others = configurations.filter(({ precision }) => precision !== 'fp32')
    const lowered = this.#programs.lowered([FP32, ...others])
    await this.#onDevices.measure(lowered)
    reporter.stage(`${info.id}: FP32, ${this.#subject.evaluation.samples} samples`)
    const fp32 = await attemptAsync(() => this.#onDevices.answer(FP32))
    const task = 'value' in fp32 ? this.#score(FP32, fp32.value, fp32.value) : undefined
    if (task !== undefined) this.#find(baselineFindings(info, task))
    await this.#onDevices.measureAgain(lowered)
    for (const configuration of configurations) {
      reporter.stage(`${info.id}: ${configurationName(configuration)}`)
      await this.#measure(configuration, fp32)
      onConfiguration()
      // Without this turn, devices that compute on this thread would delay signals until the end.
      await turn()
    }
  }

  /** Records the properties and the faults of samples and tensors. */
  async #describe(configurations: readonly Configuration[]): Promise<void> {
    const { info, model, workload, evaluation } = this.#subject
    const { options, reporter, record } = this.#context
    reporter.stage(`${info.id}: comparing calibration with evaluation samples`)
    const seen = await see(this.#programs.calibration, workload, evaluation.rows, this.#context.exact)
    // A model that cannot be quantized has no layers to show. Its cells fail with the reason.
    const integers = this.#programs.integers(configurations)
    const [quantized] = integers
    const scheme = quantized?.configuration.activations
    const described =
      quantized && scheme ? describeLayers(info.id, quantized, seen, options.calibrations, scheme) : []
    const { layers, unfit } = fitLayers(described)
    const { normalizer } = workload
    this.#find([...unfit, ...findingsOf(info.id, seen, { model, normalizer }, integers)])
    const network = quantized && (await this.#network(quantized.configuration))
    // This entry comes last, even if there are no layers: it says that everything above is recorded.
    record({ kind: 'layers', workload: info.id, layers, ...(network && { network }) })
  }

  /** The layers of the model. A fault is reported, and the rest is still measured. */
  async #network(configuration: PtqConfiguration): Promise<Network | undefined> {
    const { info } = this.#subject
    const { reporter, exact } = this.#context
    reporter.stage(`${info.id}: quantizing each layer by itself`)
    const found = await attemptAsync(() =>
      networkOf(this.#subject, this.#programs.calibration, configuration, exact),
    )
    if ('value' in found) return found.value
    reporter.log(`${info.id}: the effect of INT8 on its layers is unknown: ${found.fault}`)
    return undefined
  }

  /** Records how many calibration samples are enough. A fault is reported, and the rest is still measured. */
  async #drawSamples(configurations: readonly Configuration[]): Promise<void> {
    const { info } = this.#subject
    const { reporter, record } = this.#context
    reporter.stage(`${info.id}: drawing from its calibration samples`)
    const found = await attemptAsync(() =>
      sufficiencyFor(this.#subject, this.#programs.calibration, configurations, this.#context),
    )
    if ('fault' in found)
      reporter.log(`${info.id}: the number of samples that is enough is unknown: ${found.fault}`)
    else if (found.value !== undefined) record({ kind: 'sufficiency', sufficiency: found.value })
  }

  /** Records findings in addition to the existing findings. */
  #find(findings: readonly Finding[]): void {
    const known = new Set(this.#findings.map((one) => JSON.stringify(one)))
    this.#findings.push(...findings.map(fitFinding).filter((one) => !known.has(JSON.stringify(one))))
    this.#context.record({ kind: 'findings', workload: this.#subject.info.id, findings: [...this.#findings] })
  }

  /** Measures the quality of a configuration, and completes its cell on every device. */
  async #measure(configuration: Configuration, fp32: Attempt<Answered>): Promise<void> {
    const { devices } = this.#context
    const figures = await this.#judge(configuration, fp32)
    for (const device of devices.open) {
      const { kernels } = device
      const place = {
        workload: this.#subject.info.id,
        configuration,
        kernels,
        adapter: device.device.info.id,
      }
      if (!this.#cells.has(keyAt(place))) this.#cells.add(this.#cell(place, device, figures))
    }
    this.#failLate(configuration)
  }

  /** Fails the cells of a program on a device whose answers proved wrong or that broke. */
  #failLate(configuration: Configuration): void {
    const program = this.#programs.single(configuration)
    if ('fault' in program) return
    const name = programName(program.value)
    for (const [device, reason] of this.#onDevices.faultsOf(program.value))
      this.#cells.fail(
        (cell) =>
          cell.workload === this.#subject.info.id &&
          `${cell.kernels}/${cell.adapter}` === device &&
          cell.latency?.shared.program === name,
        reason,
      )
  }

  /** The quality of a configuration's answers on the device that computes them. */
  async #judge(configuration: Configuration, baseline: Attempt<Answered>): Promise<CellFigures> {
    if ('fault' in baseline) return { fault: `there is no FP32 to compare with: ${baseline.fault}` }
    const fp32 = baseline.value
    const attempted = await attemptAsync(async () =>
      configuration === FP32 ? fp32 : this.#onDevices.answer(configuration),
    )
    if ('fault' in attempted) return attempted
    const { answers } = attempted.value
    const task = this.#score(configuration, attempted.value, fp32)
    const judged = task ? { task } : {}
    if (answers.nonFinite > 0)
      return {
        ...judged,
        fault: `${answers.nonFinite} outputs are NaN or infinite: values overflow in ${configuration.precision}`,
      }
    if (fp32.answers.nonFinite > 0)
      return {
        ...judged,
        fault: `${fp32.answers.nonFinite} outputs of FP32 itself are NaN or infinite: there is nothing to compare with`,
      }
    const outputsHash = digestOf(answers.outputs).slice(0, OUTPUTS_DIGITS)
    if (configuration === FP32) return { ...judged, outputsHash }
    const { info, evaluation } = this.#subject
    const [ours, theirs] = [answers.outputs, fp32.answers.outputs]
    const fidelity = fidelityOf(TASKS[info.task], ours, theirs, evaluation.samples, info.decision)
    const by = task ? {} : { device: attempted.value.device }
    return { ...judged, outputsHash, ...(fidelity && { fidelity: { ...fidelity, ...by } }) }
  }

  /** Undefined for a task without a score, or if outputs that are not finite prevent a score. */
  #score(configuration: Configuration, { answers, device }: Answered, fp32: Answered): TaskScore | undefined {
    const { evaluation, info } = this.#subject
    if (info.task === 'none') return undefined
    const about = { device, exact: configuration === FP32, decision: info.decision }
    const score = scoreOf(info.task, answers, fp32.answers, evaluation, about)
    return [score.value, score.fp32].every(Number.isFinite) ? score : undefined
  }

  #cell(place: CellPlace, device: SweepDevice, figures: CellFigures): Cell {
    const lowered = this.#programs.single(place.configuration)
    if ('fault' in lowered) return measuredCell(place, lowered)
    const obstacle = this.#onDevices.obstacleOn(device, lowered.value)
    if (obstacle !== undefined) return skippedCell(place, obstacle)
    const { timed, fault: wrong } = this.#onDevices.resultOn(device, lowered.value)
    const fault = figures.fault ?? wrong
    return measuredCell(place, {
      ...figures,
      ...(timed && { timed }),
      ...(fault !== undefined && { fault }),
    })
  }
}
