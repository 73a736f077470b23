import {
  assignedLayers,
  type Assignment,
  type Cost,
  elements,
  type LayerPrecision,
  type Model,
  type ProgramStep,
  type Program,
} from '@octet/core'

/**
 * The time of the steps of a model's programs, learned from programs that were measured step by step. Each of these has
 * one precision in all layers. A step of a mixed program takes as long as in the program of its layer's precision. A
 * conversion that no measured program has takes as long per element as the measured steps of its op.
 */
export class StepCosts {
  readonly #layers: readonly string[]
  /** ns by step, and by the precision of the measured program. */
  readonly #known = new Map<string, Map<LayerPrecision, number>>()
  /** ns and elements of the steps of each op. */
  readonly #rates = new Map<string, { ns: number; elements: number }>()
  /** ns by layer and precision. */
  readonly #costs = new Map<string, number>()

  constructor(model: Model) {
    this.#layers = assignedLayers(model)
  }

  /** @param ns of each step of the program that has `precision` in all weighted layers */
  learn(program: Program, precision: LayerPrecision, ns: readonly number[]): void {
    const layers = this.#layersOf(program)
    for (const [i, step] of program.steps.entries()) {
      const known = this.#known.get(keyOf(step)) ?? new Map<LayerPrecision, number>()
      this.#known.set(keyOf(step), known.set(precision, ns[i]))
      for (const name of [step.spec.op, ANY]) {
        const rate = this.#rates.get(name) ?? { ns: 0, elements: 0 }
        this.#rates.set(name, { ns: rate.ns + ns[i], elements: rate.elements + sizeOf(step) })
      }
      const key = `${layers[i]} ${precision}`
      this.#costs.set(key, (this.#costs.get(key) ?? 0) + ns[i])
    }
  }

  /**
   * ns of a weighted layer with all steps up to the next weighted layer. Steps before the first layer count for the
   * first layer.
   */
  readonly layer: Cost = (layer, precision) => this.#costs.get(`${layer} ${precision}`) ?? 0

  /** The predicted ns of a program whose layers have these precisions. */
  predict(program: Program, assignment: Assignment): number {
    const layers = this.#layersOf(program)
    return program.steps.reduce((sum, step, i) => sum + this.#ofStep(step, assignment.get(layers[i])), 0)
  }

  #ofStep(step: ProgramStep, precision: LayerPrecision | undefined): number {
    const known = this.#known.get(keyOf(step))
    if (known === undefined) return this.#byRate(step)
    const [first] = known.values()
    return (precision && known.get(precision)) ?? first
  }

  /** The weighted layer that each step belongs to. */
  #layersOf({ steps }: Program): string[] {
    let layer = this.#layers[0]
    return steps.map(({ name }) => (this.#layers.includes(name) ? (layer = name) : layer))
  }

  #byRate(step: ProgramStep): number {
    const rate = this.#rates.get(step.spec.op) ?? this.#rates.get(ANY)
    return rate === undefined ? 0 : (rate.ns / Math.max(1, rate.elements)) * sizeOf(step)
  }
}

/** The key for steps of every op. */
const ANY = 'any'

function sizeOf({ spec }: ProgramStep): number {
  return elements(spec.output.shape)
}

function keyOf({ name, spec }: ProgramStep): string {
  const { op, inputs, output } = spec
  const bits = 'weightBits' in spec ? spec.weightBits : 0
  return [name, op, ...inputs.map(({ dtype }) => dtype), output.dtype, bits].join(' ')
}
