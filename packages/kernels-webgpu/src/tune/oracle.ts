import {
  elements,
  fromFloat16,
  openReference,
  type KernelDevice,
  type OpSpec,
  type Shape,
  type Tensor,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import type { Instance } from './instance.ts'
import type { Computes, Run } from '../ops/op.ts'
import { opOf } from '../ops/plan.ts'
import { setUp } from './stage.ts'
import { workOf } from './work.ts'

/** The most multiply-accumulates of an instance that the reference, which is plain TypeScript, computes completely. */
const WHOLE_WORK = 2 ** 22
/** The approximate multiply-accumulates of a sample, and the limits of its number of outputs. */
const SAMPLE_WORK = 2 ** 21
const FEWEST_POINTS = 64
const MOST_POINTS = 4096

/**
 * The reference's results for an instance: every output if that takes little work, otherwise a seeded sample that
 * includes the edges.
 */
export class Oracle {
  readonly #instance: Instance
  readonly #reference: KernelDevice = openReference()
  readonly #point: Computes<OpSpec>['point']
  readonly #places: readonly number[] | undefined
  readonly #points = new Map<number, number>()
  #whole: ArrayLike<number> | undefined

  constructor(instance: Instance) {
    this.#instance = instance
    const { spec } = instance
    this.#point = opOf(spec)?.point
    if (this.#point !== undefined && workOf(spec) > WHOLE_WORK)
      this.#places = placesIn(spec.output.shape, countFor(spec))
  }

  /** The fault of an instance's output, in the part that the reference checks. */
  async fault(output: Tensor): Promise<string | undefined> {
    return this.faultAt(output, this.#places)
  }

  /** The fault of an output at these places, by their index in ONNX's order. Default: everywhere. */
  async faultAt(output: Tensor, places?: readonly number[]): Promise<string | undefined> {
    const { spec } = this.#instance
    const want = await this.#values(places)
    const got = numbersOf(output)
    const count = places?.length ?? got.length
    let [wrong, first] = [0, '']
    for (let i = 0; i < count; i++) {
      const place = places?.[i] ?? i
      if (got[place] === want[i] || Math.abs(got[place] - want[i]) <= tolerance(spec, want[i])) continue
      if (wrong++ === 0) first = `element ${place} is ${got[place]}, the reference has ${want[i]}`
    }
    const looked = places === undefined ? '' : ' that were checked'
    return wrong === 0 ? undefined : `${wrong} of ${count} elements${looked} differ; ${first}`
  }

  /** The reference's outputs at these places, or all of them. */
  async #values(places: readonly number[] | undefined): Promise<ArrayLike<number>> {
    if (this.#places === undefined || places === undefined) {
      const whole = (this.#whole ??= numbersOf(await this.#compute(this.#instance)))
      return places?.map((place) => whole[place]) ?? whole
    }
    for (const place of places)
      if (!this.#points.has(place))
        this.#points.set(place, numbersOf(await this.#compute(this.#point!(this.#instance, place)))[0])
    return places.map((place) => this.#points.get(place)!)
  }

  async #compute({ spec, constants, inputs }: Run): Promise<Tensor> {
    const { inputs: held, output } = await setUp(this.#reference, { spec, inputs })
    const op = await this.#reference.prepare(spec, constants)
    await this.#reference.submit([{ op, inputs: held, output }])
    return this.#reference.read(output)
  }
}

/** The places where two outputs differ, at most `most`, spread evenly over all such places. */
export function differences(a: Tensor, b: Tensor, most: number): number[] {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  const all: number[] = []
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) all.push(i)
  if (all.length <= most) return all
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * (all.length - 1)) / (most - 1))])
}

function countFor(spec: OpSpec): number {
  const total = elements(spec.output.shape)
  const fitting = Math.floor((SAMPLE_WORK * total) / workOf(spec))
  return Math.min(total, MOST_POINTS, Math.max(FEWEST_POINTS, fitting))
}

/**
 * Places in a tensor, the same each time: its first and last, then places for which every axis is at one of its ends
 * half the time.
 */
function placesIn(shape: Shape, count: number): number[] {
  const random = new Random(elements(shape))
  const places = new Set([0, elements(shape) - 1])
  for (let drawn = 2; drawn < count; drawn++) {
    let place = 0
    for (const size of shape) {
      const end = random.below(4)
      place = place * size + (end === 0 ? 0 : end === 1 ? size - 1 : random.below(size))
    }
    places.add(place)
  }
  return [...places]
}

/**
 * The largest difference of an output from the reference's: 0, or a few units in the last place if an op divides or
 * uses exp.
 */
function tolerance(spec: OpSpec, want: number): number {
  const { output } = spec
  if (output.dtype === 'int8' || opOf(spec)?.isInexact !== true) return 0
  return 2 ** (output.dtype === 'float16' ? -9 : -18) * Math.abs(want) + 2 ** -24
}

function numbersOf(source: Tensor): ArrayLike<number> {
  return source.dtype === 'float16' ? fromFloat16((source as Tensor<'float16'>).data) : source.data
}
