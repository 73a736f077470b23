import { type Program } from '@octet/core'
import { affordableRounds, type Effort } from '@octet/core/statistics'
import { type Configuration, faultIn } from '@octet/results'
import { renewableReference } from '../discover/devices.ts'
import type { RenewableDevice } from '../discover/renewable.ts'
import { type Answered, answerOnBest } from '../measure/answers.ts'
import { type Correctness, tryDevices } from '../measure/correctness.ts'
import { jobsOf, type OpenedDevice } from '../measure/jobs.ts'
import { FULL, QUICK } from '../measure/latency.ts'
import { Spots } from '../measure/spots.ts'
import { FULL_PROFILE_NS, QUICK_PROFILE_NS } from '../profile/profile.ts'
import { type TimedProgram, TimedProgramSchema } from '../store/entry.ts'
import { attemptAsync } from './attempt.ts'
import { FP32 } from './configurations.ts'
import type { SweepContext } from './context.ts'
import type { Programs } from './programs.ts'
import type { Subject } from './subject.ts'
import { type Lowered, programName, timePrograms, type TimingInputs, type Timings } from './timings.ts'
import { tuneFor } from './tuning.ts'

/** A device that a sweep runs on. */
export type SweepDevice = RenewableDevice<OpenedDevice>

/** The results of the open devices for one workload's programs: correctness and speed. */
export class OnDevices {
  readonly #subject: Subject
  readonly #context: SweepContext
  readonly #programs: Programs
  readonly #spots: Spots
  /** By program name. */
  readonly #correctness = new Map<string, Correctness>()
  /** By device and program. */
  readonly #timings = new Map<string, TimedProgram>()
  /** The device and program of each timing in this process. */
  readonly #timedHere = new Set<string>()
  /** By device and program: the reason why it could not be timed. */
  readonly #timingFaults = new Map<string, string>()
  /** By device and program: the reason why the device does not run it. */
  readonly #obstacles = new Map<string, string>()

  constructor(subject: Subject, context: SweepContext, programs: Programs) {
    this.#subject = subject
    this.#context = context
    this.#programs = programs
    const { exact, options } = context
    this.#spots = new Spots(subject.evaluation, {
      macs: subject.macs,
      seed: options.seed,
      quick: options.quick,
      exact,
      isStream: subject.workload.graph.states !== undefined,
    })
  }

  /**
   * Tunes every device first, so that everything after it runs on the same kernels. Then tries each program on every
   * device, and times it.
   */
  async measure(lowered: readonly Lowered[]): Promise<void> {
    const { devices, reporter } = this.#context
    const { id } = this.#subject.info
    for (const device of devices.open) {
      await this.#tune(lowered, device)
      await this.#noteObstacles(lowered, device)
    }
    if (this.#spots.remark !== undefined) reporter.note(`${id}: ${this.#spots.remark}`)
    reporter.stage(`${id}: comparing devices with the reference`)
    await this.#tryDevices(lowered)
    for (const device of devices.open) {
      reporter.stage(`${id}: timing on ${device.name}`)
      await this.#time(lowered, device)
    }
  }

  /**
   * Repeats unstable timings, now that the machine has had time to settle: beside FP32, for twice as many rounds. The
   * steadier of both measurements counts. A program is not timed again if the budget allows no more rounds, or if an
   * earlier part of the run timed it, because cells may have those times.
   */
  async measureAgain(lowered: readonly Lowered[]): Promise<void> {
    const { devices, reporter } = this.#context
    for (const device of devices.open) {
      const keyOf = (program: Program): string => `${device.name} ${programName(program)}`
      const before = (program: Program): TimedProgram | undefined => this.#timings.get(keyOf(program))
      const unstable = lowered.filter(
        ({ program }) => this.#timedHere.has(keyOf(program)) && before(program)?.unstable !== undefined,
      )
      if (unstable.length === 0) continue
      const baseline = lowered.filter(
        (one) => one.configuration === FP32 && !unstable.includes(one) && before(one.program) !== undefined,
      )
      const contenders = [...baseline, ...unstable]
      const effort = { ...this.#effort, rounds: 2 * this.#effort.rounds }
      if (!allowsMore(effort, new Set(contenders.map(({ program }) => before(program)!)))) continue
      const programs = new Set(unstable.map(({ program }) => programName(program)))
      reporter.stage(
        `${this.#subject.info.id}: timing ${programs.size} unstable programs on ${device.name} again`,
      )
      // A device that breaks now has been timed before. Those times stay.
      const { timed } = await this.#timePrograms(contenders, device, async () => ({}), effort)
      for (const again of timed.filter(({ program }) => programs.has(program)))
        this.#keep(device, steadier(this.#timings.get(`${device.name} ${again.program}`)!, again))
    }
  }

  /**
   * A configuration's answers over the evaluation, from the best device that answers correctly.
   * @throws Error if it has no program. OctetError if no device evaluates it.
   */
  async answer(configuration: Configuration): Promise<Answered> {
    const { evaluation } = this.#subject
    const single = this.#programs.single(configuration)
    if ('fault' in single) throw new Error(single.fault)
    return answerOnBest(
      this.#programs.lower(configuration, evaluation.batchSize),
      this.#correctness.get(programName(single.value))!,
      evaluation,
      (answers) => this.#spots.faultOfAnswers(single.value, answers),
    )
  }

  /** The result of a program on a device: its times, if it has any, and its fault. */
  resultOn(
    { name }: Pick<SweepDevice, 'name'>,
    program: Program,
  ): { readonly timed?: TimedProgram | undefined; readonly fault?: string | undefined } {
    const key = programName(program)
    return {
      timed: this.#timings.get(`${name} ${key}`),
      fault: this.#correctness.get(key)?.faults.get(name) ?? this.#timingFaults.get(`${name} ${key}`),
    }
  }

  /** The reason why a device does not run a program. Undefined if it runs it. */
  obstacleOn({ name }: SweepDevice, program: Program): string | undefined {
    return this.#obstacles.get(`${name} ${programName(program)}`)
  }

  /** The faults of a program found so far, by device name. */
  faultsOf(program: Program): ReadonlyMap<string, string> {
    return this.#correctness.get(programName(program))?.faults ?? new Map()
  }

  async #tune(lowered: readonly Lowered[], device: SweepDevice): Promise<void> {
    const { options, reporter } = this.#context
    if (options.tuneMs === 0) return
    reporter.stage(`${this.#subject.info.id}: tuning ${device.name}`)
    const programs = lowered.map(({ program }) => program)
    await tuneFor(programs, device, options.tuneMs, reporter)
  }

  async #noteObstacles(lowered: readonly Lowered[], device: SweepDevice): Promise<void> {
    const programs = new Map(lowered.map(({ program }) => [programName(program), program]))
    for (const [name, program] of programs) {
      // A device that does not answer will fail at the next request.
      const obstacle = await attemptAsync(() => whollyUnsupported(program, device))
      if ('value' in obstacle && obstacle.value !== undefined)
        this.#obstacles.set(`${device.name} ${name}`, obstacle.value)
    }
  }

  /** Tries each distinct program on every device, with the first evaluation batch. */
  async #tryDevices(lowered: readonly Lowered[]): Promise<void> {
    const { evaluation } = this.#subject
    const { devices, reporter, exact } = this.#context
    for (const { configuration, program } of lowered) {
      const name = programName(program)
      if (this.#correctness.has(name)) continue
      const whole = this.#programs.lower(configuration, evaluation.batchSize)
      const tried = await attemptAsync(() =>
        tryDevices(whole, evaluation.batch(0), devices.open, reporter, exact),
      )
      // If the reference itself fails, every device counts as faulty.
      const correctness =
        'value' in tried
          ? tried.value
          : {
              faults: new Map(devices.open.map((device) => [device.name, tried.fault])),
              evaluators: [renewableReference(reporter, exact)],
            }
      this.#correctness.set(name, correctness)
    }
  }

  /**
   * Times the programs that a device computes correctly. Timings from an earlier part of the run stay. Only FP32 is
   * timed again, beside the missing programs.
   */
  async #time(lowered: readonly Lowered[], device: SweepDevice): Promise<void> {
    const { info } = this.#subject
    const { recorded, reporter } = this.#context
    const { name } = device
    const right = lowered.filter(
      ({ program }) => !this.faultsOf(program).has(name) && this.obstacleOn(device, program) === undefined,
    )
    if (right.length === 0) return
    const earlier = recorded
      .flatMap((entry) => (entry.kind === 'timing' ? entry.timing : []))
      .filter(({ workload, kernels, adapter }) => workload === info.id && `${kernels}/${adapter}` === name)
    for (const timing of earlier) this.#timings.set(`${name} ${timing.program}`, timing)
    const isKnown = (program: string): boolean => this.#timings.has(`${name} ${program}`)
    const missing = right.filter(({ program }) => !isKnown(programName(program)))
    if (missing.length === 0) return
    const baseline = right.filter((one) => one.configuration === FP32 && !missing.includes(one))
    const contenders = [...baseline, ...missing]
    const timings = await this.#timePrograms(contenders, device, this.#looking(device), this.#effort)
    for (const fault of timings.unseen)
      reporter.log(`${info.id}: ${name} broke while it inspected a program that it had timed: ${fault}`)
    for (const [program, fault] of timings.faults) this.#timingFaults.set(`${name} ${program}`, fault)
    for (const timing of timings.timed.filter(({ program }) => !isKnown(program))) {
      this.#keep(device, timing)
      this.#timedHere.add(`${name} ${timing.program}`)
    }
  }

  get #effort(): Effort {
    return this.#context.options.quick ? QUICK : FULL
  }

  /** Times programs on a device. A fault that this finds fails the program. */
  async #timePrograms(
    lowered: readonly Lowered[],
    device: SweepDevice,
    looksInto: TimingInputs['looksInto'],
    effort: Effort,
  ): Promise<Timings> {
    const { info, sample } = this.#subject
    const inputs = { sample, spots: this.#spots, looksInto }
    const timings = await timePrograms(info.id, lowered, device, inputs, effort)
    for (const [program, fault] of timings.wrong)
      this.#correctness.get(program)?.faults.set(device.name, fault)
    return timings
  }

  /** Keeps a program's times. They stay even if its profile or energy cannot be recorded. */
  #keep(device: SweepDevice, timing: TimedProgram): void {
    const { name } = device
    const { record, reporter } = this.#context
    const unfit = faultIn(TimedProgramSchema, timing)
    const { profile, energy, ...bare } = timing
    if (unfit === undefined) {
      record({ kind: 'timing', timing })
      this.#timings.set(`${name} ${timing.program}`, timing)
    } else if (profile !== undefined || energy !== undefined) {
      reporter.log(
        `${timing.workload}: where the time of a program on ${name} goes cannot be recorded, ${unfit}`,
      )
      this.#keep(device, bare)
    } else this.#timingFaults.set(`${name} ${timing.program}`, `its times cannot be recorded, ${unfit}`)
  }

  /** Inspects programs: every program, or in a quick sweep, and for energy, the first program of each precision. */
  #looking({ device, name }: SweepDevice): TimingInputs['looksInto'] {
    const { evaluation, info, sample } = this.#subject
    const { options, metering, reporter } = this.#context
    const ends = { stored: evaluation.stored(0), task: info.task, decision: info.decision }
    return async (subject, isFirst) => {
      const { precision } = subject.program
      if (options.quick && !isFirst) return {}
      const profile = await subject.profile(ends, options.quick ? QUICK_PROFILE_NS : FULL_PROFILE_NS)
      const energy = isFirst ? await metering.measure(device.info, () => subject.run(sample)) : undefined
      const isTold = energy !== undefined && !('reason' in energy)
      if (energy !== undefined && !isTold)
        reporter.log(`${info.id}: no energy of ${precision} on ${name}: ${energy.reason}`)
      return { ...(profile && { profile }), ...(isTold && { energy }) }
    }
  }
}

/**
 * The one of two measurements of a program whose median has the narrower interval, with the profile and energy of the
 * first measurement.
 */
function steadier(first: TimedProgram, second: TimedProgram): TimedProgram {
  const { profile, energy } = first
  const { unstable, ...timing } = spread(second) < spread(first) ? second : first
  return {
    ...timing,
    ...(profile && { profile }),
    ...(energy && { energy }),
    ...(unstable !== undefined && { unstable: `${unstable}, in the steadier of two measurements` }),
  }
}

/** Whether an effort allows more rounds than the programs had. A turn has one run for times and one for stages. */
function allowsMore(effort: Effort, before: ReadonlySet<TimedProgram>): boolean {
  const latencies = Array.from(before, ({ latency }) => latency)
  const roundNs = latencies.reduce((sum, { median }) => sum + Math.max(effort.regionNs, 2 * median), 0)
  return latencies.every(({ samples }) => samples.length < affordableRounds(effort, roundNs))
}

function spread({ latency: { median, ci95 } }: TimedProgram): number {
  return median > 0 ? (ci95[1] - ci95[0]) / median : Infinity
}

/** The reason why a device does not run a program: it declines every op, so its figures would be the reference's. */
export async function whollyUnsupported(
  { steps }: Program,
  device: SweepDevice,
): Promise<string | undefined> {
  const specs = steps.map(({ spec }) => spec)
  const supported = await device.use((open) => jobsOf(open).supports(specs))
  const reasons = new Set(supported.map((one) => (one === true ? undefined : one.reason)))
  if (reasons.has(undefined)) return undefined
  return `${device.kernels} has none of its ops: ${[...reasons].join('; ')}`
}
