import { setImmediate as turn } from 'node:timers/promises'
import {
  Calibration,
  fidelityOf,
  type FloatModel,
  lower,
  type Program,
  type QuantizedModel,
  TASKS,
} from '@octet/core'
import {
  type Cell,
  type Configuration,
  configurationKey,
  configurationName,
  faultIn,
  type Finding,
  type TaskScore,
} from '@octet/results'
import { WriteFault } from '@octet/workloads'
import { renewableReference } from '../discover/devices.ts'
import type { RenewableDevice } from '../discover/renewable.ts'
import { type Answered, answerOnBest, scoreOf } from '../measure/answers.ts'
import { FULL, QUICK } from '../measure/latency.ts'
import { Spots } from '../measure/spots.ts'
import { tryDevices, type Correctness } from '../measure/correctness.ts'
import { Trainings } from '../qat/trainings.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { type TimedProgram, TimedProgramSchema } from '../store/entry.ts'
import { type CellFigures, type CellPlace, keyAt, measuredCell, skippedCell } from './cell.ts'
import { configure, FP32 } from './configurations.ts'
import { findingsOf } from './findings.ts'
import { fitFinding, fitLayers } from './fit.ts'
import { baselineFindings } from './intake.ts'
import { describeLayers } from './layers.ts'
import { RecordedCells } from './recorded-cells.ts'
import { calibrationBatches, see } from './seen.ts'
import type { Subject } from './subject.ts'
import type { SweepContext } from './context.ts'
import { type Lowered, programName, timePrograms } from './timings.ts'
import { tuneFor } from './tuning.ts'

/** What came of trying something that a configuration may not survive. */
type Attempt<T> = { readonly value: T } | { readonly fault: string }

/** One workload's measurements: what its configurations have in common is made once and kept here. */
export class SubjectSweep {
  readonly #subject: Subject
  readonly #context: SweepContext
  readonly #calibration: Calibration
  readonly #trainings: Trainings
  /** By configuration key. */
  readonly #models = new Map<string, Attempt<FloatModel | QuantizedModel>>()
  readonly #findings: Finding[]
  /** Each for one sample, by configuration key. */
  readonly #programs = new Map<string, Attempt<Program>>()
  /** How devices compute a program, by its name. */
  readonly #correctness = new Map<string, Correctness>()
  readonly #spots: Spots
  readonly #cells: RecordedCells
  /** By device and program. */
  readonly #timings = new Map<string, TimedProgram>()
  /** By device and program: why it could not be timed. */
  readonly #timingFaults = new Map<string, string>()

  constructor(subject: Subject, context: SweepContext) {
    const { model, workload } = subject
    this.#subject = subject
    this.#calibration = new Calibration(model, workload.normalizer, calibrationBatches(workload))
    this.#trainings = new Trainings(workload, this.#calibration, context)
    this.#spots = new Spots(subject.evaluation, { macs: subject.macs, seed: context.options.seed })
    this.#cells = new RecordedCells(context.recorded, context.record)
    const { id } = subject.info
    const found = context.recorded.findLast((entry) => entry.kind === 'findings' && entry.workload === id)
    this.#findings = found?.kind === 'findings' ? [...found.findings] : []
    this.#context = context
  }

  /**
   * Measures the configurations on every open device: one calibration pass; a trial and the latency of each distinct
   * program, all contenders interleaved; then quality, once per configuration. A cell is recorded as soon as it is
   * whole, and again where its device is found wrong later.
   */
  async run(configurations: readonly Configuration[], onConfiguration: () => void): Promise<void> {
    const { info } = this.#subject
    const { devices, reporter, record, recorded } = this.#context
    record({ kind: 'workload', workload: info })
    this.#find(this.#subject.findings)
    await this.#quantize([FP32, ...configurations])
    // After a resume fewer configurations may be left: what was described with all of them stands.
    const described = recorded.some((entry) => entry.kind === 'layers' && entry.workload === info.id)
    if (!described && configurations.some(({ precision }) => precision !== 'fp32'))
      await this.#describe(configurations)
    const lowered = [FP32, ...configurations.filter(({ precision }) => precision !== 'fp32')].flatMap(
      (configuration) => {
        const program = this.#program(configuration)
        return 'value' in program ? { configuration, program: program.value } : []
      },
    )
    for (const device of devices.open) await this.#tune(lowered, device)
    reporter.stage(`${info.id}: comparing devices with the reference`)
    await this.#tryDevices(lowered)
    for (const device of devices.open) {
      reporter.stage(`${info.id}: timing on ${device.name}`)
      await this.#time(lowered, device)
    }
    reporter.stage(`${info.id}: FP32, ${this.#subject.evaluation.samples} samples`)
    const fp32 = await attemptAsync(() => this.#answer(FP32))
    const task = 'value' in fp32 ? this.#score(FP32, fp32.value, fp32.value) : undefined
    if (task !== undefined) this.#find(baselineFindings(info, task))
    for (const configuration of configurations) {
      reporter.stage(`${info.id}: ${configurationName(configuration)}`)
      await this.#measure(configuration, fp32)
      onConfiguration()
      // Devices that compute on this thread would keep signals out until the end.
      await turn()
    }
  }

  /** Every configuration's model, from one calibration pass for all strategies; those of QAT are trained. */
  async #quantize(configurations: readonly Configuration[]): Promise<void> {
    const { info, model } = this.#subject
    for (const configuration of configurations) {
      this.#context.reporter.stage(`${info.id}: quantizing, ${configurationName(configuration)}`)
      await turn()
      const made = await attemptAsync(() =>
        configuration.method === 'qat'
          ? this.#trainings.train(configuration)
          : configure(model, this.#calibration, configuration),
      )
      this.#models.set(configurationKey(configuration), made)
    }
  }

  /** Records what the samples and the tensors are like, and what is wrong with them. */
  async #describe(configurations: readonly Configuration[]): Promise<void> {
    const { info, model, workload, evaluation } = this.#subject
    const { options, reporter, record } = this.#context
    reporter.stage(`${info.id}: comparing calibration with evaluation samples`)
    const seen = await see(this.#calibration, workload, evaluation.rows)
    // A model that cannot be quantized has no layers to show: its cells fail with the reason.
    const integers = configurations.flatMap((configuration) => {
      const made = this.#models.get(configurationKey(configuration))
      return made && 'value' in made && made.value.precision === 'int8' ? made.value : []
    })
    const [quantized] = integers
    const scheme = quantized?.configuration.activations
    const described =
      quantized && scheme ? describeLayers(info.id, quantized, seen, options.calibrations, scheme) : []
    const { layers, unfit } = fitLayers(described)
    const { normalizer } = workload
    this.#find([...unfit, ...findingsOf(info.id, seen, { model, normalizer }, integers)])
    // Last, and where there are none too: they say that all of this is recorded.
    record({ kind: 'layers', workload: info.id, layers })
  }

  /** Records findings beside those that there are. */
  #find(findings: readonly Finding[]): void {
    const known = new Set(this.#findings.map((one) => JSON.stringify(one)))
    this.#findings.push(...findings.map(fitFinding).filter((one) => !known.has(JSON.stringify(one))))
    this.#context.record({ kind: 'findings', workload: this.#subject.info.id, findings: [...this.#findings] })
  }

  /** Before anything is timed, so that all of it runs on the same kernels. */
  async #tune(lowered: readonly Lowered[], device: RenewableDevice): Promise<void> {
    const { options, reporter } = this.#context
    if (options.tuneMs === 0) return
    reporter.stage(`${this.#subject.info.id}: tuning ${device.name}`)
    const programs = lowered.map(({ program }) => program)
    for (const line of await tuneFor(programs, device, options.tuneMs)) reporter.log(line)
  }

  /** Tries each distinct program on every device, over the first evaluation batch. */
  async #tryDevices(lowered: readonly Lowered[]): Promise<void> {
    const { evaluation } = this.#subject
    const { devices, reporter } = this.#context
    const { open } = devices
    for (const { configuration, program } of lowered) {
      const name = programName(program)
      if (this.#correctness.has(name)) continue
      const whole = this.#lower(configuration, evaluation.batchSize)
      const tried = await attemptAsync(() => tryDevices(whole, evaluation.batch(0), open, reporter))
      this.#correctness.set(name, 'value' in tried ? tried.value : nobody(open, tried.fault, reporter))
    }
  }

  /**
   * Times what a device computes right; what an earlier part of the run timed stands, and only FP32 is timed again
   * beside what is missing.
   */
  async #time(lowered: readonly Lowered[], device: RenewableDevice): Promise<void> {
    const { info, sample } = this.#subject
    const { options, recorded, record } = this.#context
    const { name } = device
    const right = lowered.filter(
      ({ program }) =>
        !this.#correctness.get(programName(program))?.faults.has(name) &&
        whollyUnsupported(program, device) === undefined,
    )
    if (right.length === 0) return
    const earlier = recorded
      .flatMap((entry) => (entry.kind === 'timing' ? entry.timing : []))
      .filter(({ workload, kernels, adapter }) => workload === info.id && `${kernels}/${adapter}` === name)
    for (const timing of earlier) this.#timings.set(`${name} ${timing.program}`, timing)
    const isKnown = (program: string): boolean => this.#timings.has(`${name} ${program}`)
    const missing = right.filter(({ program }) => !isKnown(programName(program)))
    if (missing.length === 0) return
    const effort = options.quick ? QUICK : FULL
    const baseline = right.filter((one) => one.configuration === FP32 && !missing.includes(one))
    const contenders = [...baseline, ...missing]
    const timings = await timePrograms(info.id, contenders, device, { sample, spots: this.#spots }, effort)
    for (const [program, fault] of timings.wrong) this.#correctness.get(program)?.faults.set(name, fault)
    for (const [program, fault] of timings.faults) this.#timingFaults.set(`${name} ${program}`, fault)
    for (const timing of timings.timed.filter(({ program }) => !isKnown(program))) {
      const unfit = faultIn(TimedProgramSchema, timing)
      if (unfit === undefined) {
        record({ kind: 'timing', timing })
        this.#timings.set(`${name} ${timing.program}`, timing)
      } else this.#timingFaults.set(`${name} ${timing.program}`, `its times cannot be recorded, ${unfit}`)
    }
  }

  /** Quality of a configuration, and with it its cell on every device. */
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

  /** A device whose answers turned out wrong, or that broke, has no right cell of that program. */
  #failLate(configuration: Configuration): void {
    const program = this.#program(configuration)
    if ('fault' in program) return
    const name = programName(program.value)
    for (const [device, reason] of this.#correctness.get(name)?.faults ?? [])
      this.#cells.fail(
        (cell) =>
          cell.workload === this.#subject.info.id &&
          `${cell.kernels}/${cell.adapter}` === device &&
          cell.latency?.shared.program === name,
        reason,
      )
  }

  /** What a configuration's answers are worth, on whichever device they are computed. */
  async #judge(configuration: Configuration, baseline: Attempt<Answered>): Promise<CellFigures> {
    if ('fault' in baseline) return { fault: `there is no FP32 to compare with: ${baseline.fault}` }
    const fp32 = baseline.value
    const attempted = await attemptAsync(async () =>
      configuration === FP32 ? fp32 : this.#answer(configuration),
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
    if (configuration === FP32) return judged
    const { info, evaluation } = this.#subject
    const [ours, theirs] = [answers.outputs, fp32.answers.outputs]
    const fidelity = fidelityOf(TASKS[info.task], ours, theirs, evaluation.samples)
    const by = task ? {} : { device: attempted.value.device }
    return { ...judged, ...(fidelity && { fidelity: { ...fidelity, ...by } }) }
  }

  /** Undefined without labels. */
  #score(configuration: Configuration, { answers, device }: Answered, fp32: Answered): TaskScore | undefined {
    const { evaluation, info } = this.#subject
    if (info.task === 'none') return undefined
    const about = { device, exact: configuration === FP32 }
    return scoreOf(info.task, answers, fp32.answers, evaluation.labels, about)
  }

  #cell(place: CellPlace, device: RenewableDevice, figures: CellFigures): Cell {
    const { configuration } = place
    const { name } = device
    const lowered = this.#program(configuration)
    if ('fault' in lowered) return measuredCell(place, lowered)
    const obstacle = whollyUnsupported(lowered.value, device)
    if (obstacle !== undefined) return skippedCell(place, obstacle)
    const program = programName(lowered.value)
    const timed = this.#timings.get(`${name} ${program}`)
    const fault =
      figures.fault ??
      this.#correctness.get(program)?.faults.get(name) ??
      this.#timingFaults.get(`${name} ${program}`)
    return measuredCell(place, {
      ...figures,
      ...(timed && { timed }),
      ...(fault !== undefined && { fault }),
    })
  }

  async #answer(configuration: Configuration): Promise<Answered> {
    const { evaluation } = this.#subject
    const single = this.#program(configuration)
    if ('fault' in single) throw new Error(single.fault)
    return answerOnBest(
      this.#lower(configuration, evaluation.batchSize),
      this.#correctness.get(programName(single.value))!,
      evaluation,
      (answers) => this.#spots.faultOfAnswers(single.value, answers),
    )
  }

  /** The configuration's program for one sample, lowered once. */
  #program(configuration: Configuration): Attempt<Program> {
    const key = configurationKey(configuration)
    const known = this.#programs.get(key) ?? attempt(() => this.#lower(configuration, 1))
    this.#programs.set(key, known)
    return known
  }

  #lower(configuration: Configuration, batch: number): Program {
    const { normalizer } = this.#subject.workload
    return lower(this.#model(configuration), { batch, normalizer })
  }

  #model(configuration: Configuration): FloatModel | QuantizedModel {
    const made = this.#models.get(configurationKey(configuration))!
    if ('fault' in made) throw new Error(made.fault)
    return made.value
  }
}

/** What is known where the reference itself cannot say what is right. */
function nobody(devices: readonly RenewableDevice[], fault: string, reporter: Reporter): Correctness {
  return {
    faults: new Map(devices.map(({ name }) => [name, fault])),
    evaluators: [renewableReference(reporter)],
  }
}

/** Why a device has no part in a program: it declines every op, and what it would show are the reference's figures. */
function whollyUnsupported({ steps }: Program, { kernels, device }: RenewableDevice): string | undefined {
  const reasons = new Set<string>()
  for (const { spec } of steps) {
    const supported = device.supports(spec)
    if (supported === true) return undefined
    reasons.add(supported.reason)
  }
  return `${kernels} has none of its ops: ${[...reasons].join('; ')}`
}

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { value: run() }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

/** @throws WriteFault: where nothing can be kept the sweep must end, and goes on when that is mended. */
async function attemptAsync<T>(run: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await run() }
  } catch (error) {
    if (error instanceof WriteFault) throw error
    return { fault: messageOf(error) }
  }
}
