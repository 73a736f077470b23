import type { LayerPrecision } from '../model/quantized.ts'
import type { Cost } from './cost.ts'
import type { Evaluate, Evaluation } from './evaluate.ts'
import { prospects, SILENCE, spread, undominated, type Choice, type Prospect } from './front.ts'
import { assignedLayers, mix, uniform, type Assignment, type Candidates } from './mix.ts'
import type { Sensitivity } from './sensitivity.ts'

export interface PlanOptions {
  readonly evaluate: Evaluate
  readonly cost: Cost
  /** The cost of a whole assignment, if it is not the sum of its layers: conversions between layers take time. */
  readonly total?: (assignment: Assignment) => number
  /** The largest loss against all layers in FP16, as a difference of scores. */
  readonly maxLoss: number
  /** Results for single layers by the same evaluation, so that they need no second evaluation. */
  readonly sensitivity?: Sensitivity
  /** The most evaluations, including single layers. Default: 2 per layer for single layers, and 60 for the search. */
  readonly evaluations?: number
}

/** An assignment that was evaluated. */
export interface PlannedModel extends Evaluation {
  readonly assignment: Assignment
  readonly cost: number
}

export interface Plan {
  /** The cheapest assignment within the budget. */
  readonly best: PlannedModel
  /** The Pareto front of all evaluated assignments by cost and score, cheapest first. */
  readonly front: readonly PlannedModel[]
  /** The number of evaluations, without those of a given sensitivity. */
  readonly evaluations: number
}

const PRECISIONS: readonly LayerPrecision[] = ['fp16', 'int8', 'w4a8']
/** The number of prospects of the front that are evaluated before the main search. */
const PROBES = 9
/** The distance in noise over which one evaluation informs about others: a factor e^0.5. */
const REACH = 0.5

/**
 * Assigns FP16, INT8 or 4-bit weights to each weighted layer: the least cost found whose score is within the budget.
 *
 * It first quantizes every layer alone. The noise that a layer adds to the output, 1 / SQNR, is assumed to add up over
 * layers (Lin et al. 2016). This model ranks the assignments that are worth evaluating. Then it evaluates them: first
 * some over the whole front of cost and noise; then, again and again, the assignment that promises to save most. The
 * promise is the saving times the share of successes among evaluations of similar noise. It stops when the evaluations
 * run out. All scores are measured; only the order depends on the noise model.
 */
export async function plan(candidates: Candidates, options: PlanOptions): Promise<Plan> {
  const { model } = candidates.int8
  const layers = assignedLayers(model)
  const search = new Search(candidates, options, options.evaluations ?? 2 * layers.length + 60)
  if (options.sensitivity !== undefined) search.learn(options.sensitivity)
  const base = await search.evaluate(uniform(model, 'fp16'))
  search.demand(base.score - options.maxLoss)
  const all = prospects(await search.choices(base, layers))
  const front = undominated(
    all,
    ({ cost }) => cost,
    ({ noise }) => -noise,
  )
  await search.probe(front)
  await search.save(all)
  return search.plan
}

class Search {
  readonly #candidates: Candidates
  readonly #options: PlanOptions
  readonly #limit: number
  readonly #known = new Map<string, PlannedModel>()
  readonly #tried: { readonly noise: number; readonly held: boolean }[] = []
  #least = Infinity
  #made = 0

  constructor(candidates: Candidates, options: PlanOptions, limit: number) {
    this.#candidates = candidates
    this.#options = options
    this.#limit = limit
  }

  get plan(): Plan {
    const all = [...this.#known.values()]
    return {
      best: this.#best(),
      front: undominated(
        all,
        ({ cost }) => cost,
        ({ score }) => score,
      ),
      evaluations: this.#made,
    }
  }

  /** Sets the least score within the budget. */
  demand(score: number): void {
    // Scores are sums over samples, so a rounding difference does not count.
    this.#least = score - 1e-9
  }

  /** Takes over the evaluations from `sensitivityOf`. */
  learn({ whole, layers }: Sensitivity): void {
    const at = (precision: LayerPrecision): Assignment => uniform(this.#candidates.int8.model, precision)
    for (const precision of PRECISIONS) this.#keep(at(precision), whole[precision])
    for (const { layer, precision, oneIn, oneOut } of layers) {
      this.#keep(changed(at('fp16'), [layer, precision]), oneIn)
      this.#keep(changed(at(precision), [layer, 'fp16']), oneOut)
    }
  }

  async evaluate(assignment: Assignment): Promise<PlannedModel> {
    const known = this.#known.get(keyOf(assignment))
    if (known !== undefined) return known
    this.#made++
    return this.#keep(assignment, await this.#options.evaluate(mix(this.#candidates, assignment)))
  }

  /** The choices for each layer, from quantizing it alone. */
  async choices(base: PlannedModel, layers: readonly string[]): Promise<Map<string, readonly Choice[]>> {
    const quiet = noiseOf(base)
    const choices = new Map<string, readonly Choice[]>()
    for (const layer of layers) {
      const options: Choice[] = []
      for (const precision of PRECISIONS) {
        const alone = await this.evaluate(changed(base.assignment, [layer, precision]))
        options.push({
          precision,
          cost: this.#options.cost(layer, precision),
          noise: Math.max(0, noiseOf(alone) - quiet),
        })
      }
      choices.set(layer, options)
    }
    return choices
  }

  /** Evaluates prospects spread evenly over the front. */
  async probe(front: readonly Prospect[]): Promise<void> {
    for (const one of spread(front, PROBES)) if (this.#affords()) await this.try(one)
  }

  /** Evaluates the prospect that promises to save most, until no evaluations or prospects are left. */
  async save(all: readonly Prospect[]): Promise<void> {
    let open = all
    while (this.#affords()) {
      const { cost } = this.#best()
      open = open.filter((one) => one.cost < cost && !this.#known.has(keyOf(one.assignment)))
      if (open.length === 0) return
      const promise = open.map((one) => (cost - one.cost) * this.#likelihood(one.noise))
      await this.try(open[promise.indexOf(Math.max(...promise))])
    }
  }

  async try({ assignment, noise }: Prospect): Promise<void> {
    this.#tried.push({ noise, held: this.#holds(await this.evaluate(assignment)) })
  }

  /**
   * The chance that a prospect of this noise is within the budget, judged by the evaluated prospects. Without evidence,
   * more noise lowers the chance.
   */
  #likelihood(noise: number): number {
    let [holds, weights] = [1e-3 / (1 + noise), 2e-3]
    for (const one of this.#tried) {
      const distance = Math.log((one.noise + SILENCE) / (noise + SILENCE)) / REACH
      const weight = Math.exp((-distance * distance) / 2)
      weights += weight
      if (one.held) holds += weight
    }
    return holds / weights
  }

  #keep(assignment: Assignment, evaluation: Evaluation): PlannedModel {
    const made = { assignment, cost: this.#costOf(assignment), ...evaluation }
    this.#known.set(keyOf(assignment), made)
    return made
  }

  #best(): PlannedModel {
    return [...this.#known.values()]
      .filter((one) => this.#holds(one))
      .reduce((a, b) => (b.cost < a.cost || (b.cost === a.cost && b.score > a.score) ? b : a))
  }

  #holds({ score }: Evaluation): boolean {
    return score >= this.#least
  }

  #affords(): boolean {
    return this.#made < this.#limit
  }

  #costOf(assignment: Assignment): number {
    if (this.#options.total !== undefined) return this.#options.total(assignment)
    let sum = 0
    for (const [layer, precision] of assignment) sum += this.#options.cost(layer, precision)
    return sum
  }
}

function keyOf(assignment: Assignment): string {
  return [...assignment.values()].join()
}

/** The noise-to-signal ratio. An output that is not finite counts as infinite noise. */
function noiseOf({ sqnrDb }: Evaluation): number {
  const noise = 10 ** (-sqnrDb / 10)
  return Number.isFinite(noise) ? noise : 1e9
}

function changed(
  assignment: Assignment,
  ...changes: readonly (readonly [layer: string, precision: LayerPrecision])[]
): Assignment {
  const made = new Map(assignment)
  for (const [layer, precision] of changes) made.set(layer, precision)
  return made
}
