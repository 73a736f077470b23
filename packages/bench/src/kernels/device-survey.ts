import { type Peak, type Tuned, type KernelPrecision, kernelPrecisionOf } from '@octet/core'
import type { Effort } from '@octet/core/statistics'
import {
  type DevicePeak,
  DevicePeakSchema,
  faultIn,
  type KernelResult,
  KernelResultSchema,
  type NotTimed,
} from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import { openTeam, type PeerTeam } from '../peers/team.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { type Conformity, conform } from './conform.ts'
import { contest } from './contest.ts'
import { isContested } from './peer-work.ts'
import type { Problem } from './problem.ts'
import { raceKernels, subjectOf, type Variants } from './race.ts'

/** The kernels to survey, and the method. */
export interface Selection {
  readonly problems: readonly Problem[]
  readonly precisions: readonly KernelPrecision[]
  readonly variants: Variants
  /** Absent or 0: devices use their earlier choices. */
  readonly tuneMs?: number
  /** Ids of the peers to compare with. */
  readonly peers: readonly string[]
}

/** The choices of a device after tuning. */
export interface DeviceTuned extends Tuned {
  readonly package: string
  readonly adapter: string
  readonly shape: string
}

export interface SurveyEffort {
  readonly own: Effort
  readonly peers: Effort
}

/** One device's part of a survey. */
export class DeviceSurvey {
  readonly tuned: DeviceTuned[] = []
  readonly peaks: DevicePeak[] = []
  readonly kernels: KernelResult[] = []
  readonly notTimed: NotTimed[] = []
  conformance: Conformity
  readonly #device: RenewableDevice
  readonly #selection: Selection
  readonly #reporter: Reporter
  readonly #effort: SurveyEffort
  #team: PeerTeam | undefined

  constructor(device: RenewableDevice, selection: Selection, reporter: Reporter, effort: SurveyEffort) {
    this.#device = device
    this.#selection = selection
    this.#reporter = reporter
    this.#effort = effort
    this.conformance = { ...this.#place, passed: 0, unsupported: 0, failed: [] }
  }

  async run(): Promise<void> {
    const { problems, precisions, variants, tuneMs = 0, peers } = this.#selection
    const { name } = this.#device
    if (tuneMs > 0) await this.#tune(tuneMs)
    this.#reporter.stage(`${name}: conformance`)
    const ops = new Set(problems.map(({ op }) => op))
    this.conformance = await conform(this.#device, ops, precisions, variants)
    this.#reporter.stage(`${name}: peak rates`)
    await this.#measurePeaks()
    this.#reporter.advance(1)
    if (peers.length > 0) {
      this.#reporter.stage(`${name}: starting peers`)
      this.#team = await openTeam(peers, this.#device.device.info)
      for (const { name: peer, reason } of this.#team.absent)
        this.#reporter.log(`${peer} is left out: ${reason}`)
    }
    try {
      for (const problem of problems) {
        this.#reporter.stage(`${name}: ${problem.shape}`)
        await this.#time(problem)
        this.#reporter.advance(1)
      }
    } finally {
      this.#team?.close()
    }
  }

  get #place(): { readonly package: string; readonly adapter: string } {
    return { package: this.#device.kernels, adapter: this.#device.device.info.id }
  }

  async #tune(budgetMs: number): Promise<void> {
    const { problems, precisions } = this.#selection
    const { device } = this.#device
    const wanted = problems.flatMap((problem) =>
      problem.precisions
        .filter((one) => precisions.includes(one))
        .map((one) => ({ shape: problem.shape, spec: problem.spec(one) }))
        // Ops that were declined because no variant was correct are tried again.
        .filter(({ spec }) => device.supports(spec) === true || (device.variants?.(spec) ?? []).length > 1),
    )
    this.#reporter.stage(`${this.#device.name}: tuning ${wanted.length} kernels`)
    const specs = wanted.map(({ spec }) => spec)
    try {
      const tuned = await this.#device.use(async (open) => open.tune?.(specs, { budgetMs }))
      if (tuned === undefined) this.#reporter.log(`${this.#device.name} has nothing to tune`)
      else
        for (const [index, one] of tuned.entries())
          this.tuned.push({ ...this.#place, shape: wanted[index].shape, ...one })
    } catch (error) {
      this.#reporter.log(`${this.#device.name} was not tuned: ${messageOf(error)}`)
    }
  }

  async #measurePeaks(): Promise<void> {
    try {
      const peaks: readonly Peak[] = (await this.#device.use(async (device) => device.roofline?.())) ?? []
      for (const one of peaks) {
        const peak = { ...this.#place, ...one }
        const fault = faultIn(DevicePeakSchema, peak)
        if (fault === undefined) this.peaks.push(peak)
        else
          this.#reporter.log(
            `the peak rate of ${this.#device.name} in ${peak.unit} cannot be recorded, ${fault}`,
          )
      }
    } catch (error) {
      this.#reporter.log(`the peak rates of ${this.#device.name} were not measured: ${messageOf(error)}`)
    }
  }

  async #time(problem: Problem): Promise<void> {
    const able: KernelPrecision[] = []
    for (const precision of problem.precisions.filter((one) => this.#selection.precisions.includes(one))) {
      const reason = this.#obstacle(problem, precision)
      if (reason === undefined) able.push(precision)
      else this.#leaveOut(problem, precision, reason)
    }
    const raced = await this.#race(problem, able)
    for (const result of await this.#beside(problem, raced)) {
      const fault = faultIn(KernelResultSchema, result)
      if (fault === undefined) this.kernels.push(result)
      else this.#leaveOut(problem, kernelPrecisionOf(result), `its figures cannot be recorded, ${fault}`)
    }
  }

  /**
   * Times all precisions in the same rounds. If a precision breaks the device, each precision runs separately, so that
   * the others are still timed.
   */
  async #race(problem: Problem, precisions: readonly KernelPrecision[]): Promise<readonly KernelResult[]> {
    if (precisions.length === 0) return []
    try {
      const { kernels, notTimed } = await this.#device.use((device) =>
        raceKernels(
          problem,
          precisions.map((precision) => ({ precision, others: this.#others(problem, precision) })),
          { kernels: this.#device.kernels, device, peaks: this.peaks },
          this.#effort.own,
        ),
      )
      this.notTimed.push(...notTimed)
      return kernels
    } catch (error) {
      if (precisions.length === 1) {
        this.#leaveOut(problem, precisions[0], messageOf(error))
        return []
      }
      const alone: KernelResult[] = []
      for (const precision of precisions) alone.push(...(await this.#race(problem, [precision])))
      return alone
    }
  }

  /** The results, with the peers beside the variants that the device picks itself. */
  async #beside(problem: Problem, results: readonly KernelResult[]): Promise<readonly KernelResult[]> {
    const picked = results.filter((one) => one.picked).map(kernelPrecisionOf)
    if (this.#team === undefined || !isContested(problem) || picked.length === 0) return results
    const team = this.#team
    try {
      const { beside, notTimed } = await this.#device.use((device) =>
        contest(problem, picked, { kernels: this.#device.kernels, device }, team, this.#effort.peers),
      )
      this.notTimed.push(...notTimed)
      return results.map((one) => (one.picked ? { ...one, ...beside.get(kernelPrecisionOf(one)) } : one))
    } catch (error) {
      for (const { name, called } of team.entries)
        for (const precision of picked)
          this.#leaveOut(problem, precision, messageOf(error), { name, precision: called })
      return results
    }
  }

  #leaveOut(problem: Problem, precision: KernelPrecision, reason: string, peer?: NotTimed['peer']): void {
    const timedOn = { kernels: this.#device.kernels, device: this.#device.device }
    const why = reason.trim() === '' ? 'it gives no reason' : reason
    this.notTimed.push({ ...subjectOf(problem, precision, timedOn), ...(peer && { peer }), reason: why })
  }

  /** Variants to time besides the device's own choice. Variants with wrong results are left out. */
  #others(problem: Problem, precision: KernelPrecision): readonly string[] {
    if (this.#selection.variants === 'picked') return []
    const names = this.#device.device.variants?.(problem.spec(precision)) ?? []
    return names.filter((variant) => this.#fault(problem, precision, variant) === undefined)
  }

  /** The reason why a kernel is not timed: it is missing, or its results are wrong. */
  #obstacle(problem: Problem, precision: KernelPrecision): string | undefined {
    const supported = this.#device.device.supports(problem.spec(precision))
    return supported === true ? this.#fault(problem, precision) : supported.reason
  }

  /** How a variant of a kernel, or the device's pick, fails conformance. */
  #fault({ op }: Problem, precision: KernelPrecision, variant?: string): string | undefined {
    const wrong = this.conformance.failed.find(
      (one) => one.op === op && kernelPrecisionOf(one) === precision && one.variant === variant,
    )
    return wrong && `it fails conformance (${wrong.case}: ${wrong.detail})`
  }
}
