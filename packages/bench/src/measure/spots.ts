import { setImmediate as turn } from 'node:timers/promises'
import { answerOf, Carried, type ExactKernels, type Program, tensor, type Samples } from '@octet/core'
import { difference } from '@octet/core/conformance'
import { Random } from '@octet/core/statistics'
import { significant } from '../show/number.ts'
import type { Answers } from './answers.ts'
import type { Evaluation } from './evaluation.ts'
import { toleranceOf } from './tolerance.ts'

/** The most samples to draw. */
const MOST = 32
/** The number of samples for a model whose samples together would take the reference more than a second or two. */
const FEW = 4
const BUDGET_MACS = 2e8
/**
 * The most multiply-accumulates for a few samples, in a full sweep and in a quick sweep. Larger models get fewer
 * samples, and the largest models get one.
 */
const FEW_MACS = 2.5e9
const QUICK_FEW_MACS = 1.25e9
/** The most samples with NaN or infinite outputs that are checked besides the drawn samples. */
const MOST_SUSPECTS = 4

interface SpotOptions {
  readonly macs: number
  readonly seed: number
  readonly quick: boolean
  readonly exact?: ExactKernels | undefined
  /** Whether each sample continues the sample before. */
  readonly isStream: boolean
}

/**
 * Evaluation samples that a seed draws, one from each equal part of the evaluation. A device's answers for them are
 * compared with the reference's, because a device that is right at first may be wrong later. For a stream they are the
 * first samples, because the reference must also compute everything before a sample. Programs are for one sample.
 */
export class Spots {
  /** The drawn raw samples. */
  readonly samples: readonly Samples[]
  /** Their places among the evaluation samples. */
  readonly #places: readonly number[]
  readonly #evaluation: Evaluation
  readonly #exact: ExactKernels | undefined
  readonly #isStream: boolean
  /** The reference's outputs by program and place. */
  readonly #expected = new WeakMap<Program, Map<number, Float32Array>>()

  /** A remark on their number. Undefined if no budget limits it. */
  readonly remark: string | undefined

  /** `macs` counts the multiply-accumulates of one sample. `exact` kernels compute in the reference's place. */
  constructor(evaluation: Evaluation, { macs, seed, quick, exact, isStream }: SpotOptions) {
    this.#exact = exact
    this.#isStream = isStream
    const { samples } = evaluation
    const count = Math.min(samples, spotCount(macs, quick))
    if (count < Math.min(samples, MOST))
      this.remark =
        `Octet compares the answers of devices with the reference on ${count} of ${samples} samples: ` +
        `one takes ${significant(macs / 1e6)} million multiply-adds`
    const random = new Random(seed)
    const edge = (part: number): number => Math.floor((part * samples) / count)
    this.#places = Array.from({ length: count }, (_, part) =>
      isStream ? part : edge(part) + random.below(edge(part + 1) - edge(part)),
    )
    this.samples = this.#places.map((place) => evaluation.sample(place))
    this.#evaluation = evaluation
  }

  /**
   * The fault of a device's answers to all evaluation samples, or undefined. Samples whose outputs are not finite are
   * also checked.
   */
  async faultOfAnswers(program: Program, { outputs }: Answers): Promise<string | undefined> {
    const { samples } = this.#evaluation
    const width = outputs.length / samples
    const row = (place: number): Float32Array => outputs.subarray(place * width, (place + 1) * width)
    const suspects = Array.from({ length: samples }, (_, place) => place)
      .filter((place) => !row(place).every(Number.isFinite))
      .slice(0, MOST_SUSPECTS)
    const places = new Set([...this.#places, ...suspects])
    return this.#fault(program, new Map(Array.from(places, (place) => [place, row(place)])))
  }

  /** The fault of a device's outputs for the drawn samples, or undefined. */
  async faultOfOutputs(program: Program, outputs: readonly Float32Array[]): Promise<string | undefined> {
    return this.#fault(program, new Map(this.#places.map((place, i) => [place, outputs[i]])))
  }

  async #fault(program: Program, outputs: ReadonlyMap<number, Float32Array>): Promise<string | undefined> {
    const expected = await this.#expectedOf(program, [...outputs.keys()])
    const largest = largestOf(expected.values())
    for (const [place, row] of outputs) {
      const bounds = new Float64Array(row.length).fill(toleranceOf(program) * largest)
      const want = expected.get(place)!
      const wrong = difference(
        tensor('float32', [row.length], row),
        tensor('float32', [want.length], want),
        bounds,
      )
      if (wrong !== undefined)
        return `outputs are not the reference's for evaluation sample ${this.#evaluation.rows[place]}: ${wrong}`
    }
    return undefined
  }

  /** The reference's outputs, each computed once. */
  async #expectedOf(program: Program, wanted: readonly number[]): Promise<ReadonlyMap<number, Float32Array>> {
    const known = this.#expected.get(program) ?? new Map<number, Float32Array>()
    this.#expected.set(program, known)
    const missing = wanted.filter((place) => !known.has(place))
    if (missing.length === 0) return known
    const last = Math.max(...missing)
    const places = this.#isStream ? Array.from({ length: last + 1 }, (_, place) => place) : missing
    const options = { exact: this.#exact, carried: new Carried() }
    for (const place of places) {
      known.set(place, answerOf(program, this.#evaluation.sample(place), options))
      // The reference computes on this thread. A turn of the event loop lets signals through.
      await turn()
    }
    return known
  }
}

/** The number of samples to draw for a model with this many multiply-accumulates per inference. */
function spotCount(macs: number, quick: boolean): number {
  const within = (budget: number): number => Math.floor(budget / Math.max(macs, 1))
  return Math.max(
    1,
    Math.min(FEW, within(quick ? QUICK_FEW_MACS : FEW_MACS)),
    Math.min(MOST, within(BUDGET_MACS)),
  )
}

/** The largest finite magnitude. The loop avoids spreading a row, which may have millions of values. */
function largestOf(rows: Iterable<Float32Array>): number {
  let largest = 0
  for (const row of rows)
    for (const value of row) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value))
  return largest
}
