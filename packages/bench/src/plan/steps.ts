import {
  assignedLayers,
  type Cost,
  elements,
  type LayerPrecision,
  type Model,
  type ProgramStep,
  type Program,
} from '@octet/core'

/**
 * What the steps of a model's programs take, from programs that were measured step by step, each in one precision
 * throughout. A mixed program takes its steps from them, and conversions between precisions that none of them has at
 * the rate of those that they have.
 */
export class StepCosts {
  readonly #layers: readonly string[]
  /** ns by what tells steps apart. */
  readonly #known = new Map<string, number>()
  /** ns and elements of the steps of each op. */
  readonly #rates = new Map<string, { ns: number; elements: number }>()
  /** ns by layer and precision. */
  readonly #costs = new Map<string, number>()

  constructor(model: Model) {
    this.#layers = assignedLayers(model)
  }

  /** @param ns of each step of the program that has `precision` in all weighted layers */
  learn(program: Program, precision: LayerPrecision, ns: readonly number[]): void {
    let layer = this.#layers[0]
    for (const [i, step] of program.steps.entries()) {
      if (this.#layers.includes(step.name)) layer = step.name
      this.#known.set(keyOf(step), ns[i])
      for (const name of [step.spec.op, ANY]) {
        const rate = this.#rates.get(name) ?? { ns: 0, elements: 0 }
        this.#rates.set(name, { ns: rate.ns + ns[i], elements: rate.elements + sizeOf(step) })
      }
      const key = `${layer} ${precision}`
      this.#costs.set(key, (this.#costs.get(key) ?? 0) + ns[i])
    }
  }

  /** ns of a weighted layer with all steps up to the next one: those before the first are the first's. */
  readonly layer: Cost = (layer, precision) => this.#costs.get(`${layer} ${precision}`) ?? 0

  /** ns that a program is predicted to take. */
  predict({ steps }: Program): number {
    return steps.reduce((sum, step) => sum + (this.#known.get(keyOf(step)) ?? this.#byRate(step)), 0)
  }

  #byRate(step: ProgramStep): number {
    const rate = this.#rates.get(step.spec.op) ?? this.#rates.get(ANY)
    return rate === undefined ? 0 : (rate.ns / Math.max(1, rate.elements)) * sizeOf(step)
  }
}

/** Stands for steps of every op. */
const ANY = 'any'

function sizeOf({ spec }: ProgramStep): number {
  return elements(spec.output.shape)
}

function keyOf({ name, spec }: ProgramStep): string {
  const { op, inputs, output } = spec
  const bits = 'weightBits' in spec ? spec.weightBits : 0
  return [name, op, ...inputs.map(({ dtype }) => dtype), output.dtype, bits].join(' ')
}
