import { type Certificate, sizeOf } from './certificate.ts'
import { decoded, type Numbers, sha256, taken } from './numbers.ts'

/**
 * The classes of a tensor that differs:
 * - `rounded`: its inputs are equal, ONNX leaves its rounding open, and few elements differ, by one step;
 * - `behind`: one of its inputs already differs, so that its own op is neither proven nor refuted;
 * - `wrong`: its inputs are equal, and the tensor differs more than that.
 */
export type Kind = 'rounded' | 'behind' | 'wrong'

/** An element that differs. */
export interface Place {
  /** The number of the input vector, from 0. */
  readonly vector: number
  readonly element: readonly number[]
  readonly expected: number
  readonly got: number
}

/** A tensor that differs for at least one input. */
export interface Differing {
  readonly tensor: string
  readonly op: string
  readonly kind: Kind
  /** The number of inputs for which it differs. */
  readonly vectors: number
  /** The number of elements that differ, as far as it is known. */
  readonly elements: number
  /** The largest difference: steps of integers, or numbers of a float output. */
  readonly most: number
  /** The first element that differs. Absent if only the hash shows the difference. */
  readonly first?: Place
}

/** The result of comparing a runtime with a certificate. */
export interface Verdict {
  readonly runtime: string
  readonly holds: boolean
  readonly vectors: number
  /** The number of compared tensors inside the model, and of tensors that are equal for every input. */
  readonly tensors: { readonly compared: number; readonly equal: number; readonly left: number }
  /** The number of all integers in these tensors. */
  readonly integers: number
  /** Tensors that were behind a difference for every input. Nothing is proven about them. */
  readonly unproven: readonly string[]
  /** The outputs of the unchanged model that differ. */
  readonly output: Differing | null
  /** In the order of the file's nodes. */
  readonly differing: readonly Differing[]
  /** The reason why no tensor inside the model was compared. Absent if some were. */
  readonly closed?: string
  /**
   * Present if the output differs and all tensors inside are equal: the tensors that each, as a further output, make
   * the output equal. The runtime computes them in another way if it may fuse their op with others.
   */
  readonly joined?: readonly Joined[]
}

/** A tensor whose op the runtime fuses with the ops that read the tensor. */
export interface Joined extends Pick<Differing, 'tensor' | 'op'> {
  readonly readBy: readonly Pick<Differing, 'tensor' | 'op'>[]
}

/** Whether the output differs although no tensor inside explains it. */
export function isOutside({ output, differing, closed }: Verdict): boolean {
  return output?.kind === 'wrong' && differing.every(({ kind }) => kind !== 'wrong') && closed === undefined
}

/**
 * The share of a tensor's elements that may lie beside a tie if ONNX leaves rounding open. One element is always
 * allowed.
 */
const ROUNDED_SHARE = 0.1
/** The largest difference of a float output, as a part of the output's largest number. */
const FLOAT_TOLERANCE = 1e-4

interface Difference {
  readonly elements: number
  readonly most: number
  readonly first: Place | undefined
}

interface Found extends Difference {
  readonly kind: Kind
}

/** All integers of a tensor for an input, by its place in the certificate. */
export type Whole = (vector: number, place: number) => Numbers | undefined

/** Compares the results of a runtime with a certificate, input by input. */
export class Comparison {
  readonly #certificate: Certificate
  readonly #whole: Whole | undefined
  readonly #tensors: Map<number, Found>[] = []
  readonly #outputs: (Found | undefined)[] = []
  /** By the place of a state. */
  readonly #states: Map<number, Found>[] = []

  /** @param whole computes the full tensors that the certificate holds as hashes, if that is possible */
  constructor(certificate: Certificate, whole?: Whole) {
    this.#certificate = certificate
    this.#whole = whole
  }

  /**
   * @param output the output of the unchanged file for the next input
   * @param inner the tensors inside the model, if the runtime shows them
   */
  add(
    outputs: ReadonlyMap<string, ArrayLike<number>>,
    inner: ReadonlyMap<string, ArrayLike<number>> | undefined,
  ): void {
    const vector = this.#outputs.length
    const found = new Map<number, Found>()
    for (const [place, tensor] of inner === undefined ? [] : this.#certificate.tensors.entries()) {
      const difference = this.#integersDiffer(place, vector, inner!.get(tensor.name))
      if (difference === undefined) continue
      const isBehind = tensor.from.some((index) => found.has(index))
      const beside = Math.max(1, ROUNDED_SHARE * sizeOf(tensor.shape))
      const isClose = !tensor.exact && difference.most <= 1 && difference.elements <= beside
      found.set(place, { ...difference, kind: isBehind ? 'behind' : isClose ? 'rounded' : 'wrong' })
    }
    this.#tensors.push(found)
    this.#outputs.push(this.#outputOf(outputs.get(this.#certificate.output.name)!, vector, found))
    this.#states.push(this.#statesOf(outputs, vector, found))
  }

  /** The states that differ from those in which the next input starts. */
  #statesOf(
    outputs: ReadonlyMap<string, ArrayLike<number>>,
    vector: number,
    found: ReadonlyMap<number, Found>,
  ): Map<number, Found> {
    const { states = [], inputs, vectors } = this.#certificate
    const differing = new Map<number, Found>()
    if (vector + 1 === vectors.count) return differing
    for (const [place, state] of states.entries()) {
      const { data } = inputs.find(({ name }) => name === state.input)!
      const next = decoded('float32', data, vector + 1, sizeOf(state.shape))
      const difference = outputDiffers(state, next, { actual: outputs.get(state.name)!, vector, found })
      if (difference !== undefined) differing.set(place, difference)
    }
    return differing
  }

  #integersDiffer(
    place: number,
    vector: number,
    actual: ArrayLike<number> | undefined,
  ): Difference | undefined {
    const { dtype, shape, every, data, sha256: hashes } = this.#certificate.tensors[place]
    const got = dtype === 'uint8' ? Uint8Array.from(actual ?? []) : Int8Array.from(actual ?? [])
    if (sha256(got) === hashes[vector]) return undefined
    const whole = every === 1 ? undefined : this.#whole?.(vector, place)
    if (whole !== undefined && sha256(whole) === hashes[vector])
      return numbersDiffer(whole, got, { shape, vector, every: 1 })
    const expected = decoded(dtype, data, vector, Math.ceil(sizeOf(shape) / every))
    const held = got.length === sizeOf(shape) ? taken(got, every) : got
    // Only the hash shows the difference: the certificate does not hold the element.
    return (
      numbersDiffer(expected, held, { shape, vector, every }) ?? { elements: 0, most: 0, first: undefined }
    )
  }

  /** Whether a result for an input equals the certified output, except for rounding of floats that ONNX leaves open. */
  isCertified(output: ArrayLike<number>, vector: number): boolean {
    const found = this.#outputOf(output, vector, new Map())
    return found === undefined || found.kind === 'rounded'
  }

  #outputOf(actual: ArrayLike<number>, vector: number, found: ReadonlyMap<number, Found>): Found | undefined {
    const { output } = this.#certificate
    const expected = decoded('float32', output.data, vector, sizeOf(output.shape))
    return outputDiffers(output, expected, { actual, vector, found })
  }

  verdict(runtime: string, closed?: string): Verdict {
    const { tensors, output, states = [], left } = this.#certificate
    const vectors = this.#outputs.length
    const inside = tensors.flatMap(({ name, op }, place) => {
      const found = this.#tensors.map((of) => of.get(place))
      return summed(found, { tensor: name, op }) ?? []
    })
    const carried = states.flatMap(({ name }, place) => {
      const found = this.#states.map((of) => of.get(place))
      return summed(found, { tensor: name, op: 'state' }) ?? []
    })
    const differing = [...inside, ...carried]
    const ends = summed(this.#outputs, { tensor: output.name, op: 'output' })
    const compared = closed === undefined ? tensors : []
    return {
      runtime,
      holds: [...differing, ...(ends ? [ends] : [])].every(({ kind }) => kind !== 'wrong'),
      vectors,
      tensors: { compared: compared.length, equal: compared.length - inside.length, left },
      integers: vectors * compared.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      unproven: differing
        .filter((one) => one.kind === 'behind' && one.vectors === vectors)
        .map(({ tensor }) => tensor),
      output: ends ?? null,
      differing,
      ...(closed !== undefined && { closed }),
    }
  }
}

/** The findings of all inputs for one tensor: the worst kind, all counts, and the first element of that kind. */
function summed(
  found: readonly (Found | undefined)[],
  names: Pick<Differing, 'tensor' | 'op'>,
): Differing | undefined {
  const all = found.filter((one) => one !== undefined)
  if (all.length === 0) return undefined
  const kind = (['wrong', 'rounded', 'behind'] as const).find((one) => all.some((each) => each.kind === one))!
  const first = all.find((one) => one.kind === kind && one.first !== undefined)?.first
  return {
    ...names,
    kind,
    vectors: all.length,
    elements: all.reduce((sum, { elements }) => sum + elements, 0),
    most: all.reduce((largest, { most }) => Math.max(largest, most), 0),
    ...(first && { first }),
  }
}

/** How an output of floats differs, and why. */
function outputDiffers(
  { shape, exact, from }: Pick<Certificate['output'], 'shape' | 'exact' | 'from'>,
  expected: Numbers,
  {
    actual,
    vector,
    found,
  }: {
    readonly actual: ArrayLike<number>
    readonly vector: number
    readonly found: ReadonlyMap<number, Found>
  },
): Found | undefined {
  const difference = numbersDiffer(expected, actual, { shape, vector, every: 1 })
  if (difference === undefined) return undefined
  const isBehind = from.some((index) => found.has(index))
  let largest = 0
  for (const value of expected) largest = Math.max(largest, Math.abs(value))
  const isClose = !exact && difference.most <= FLOAT_TOLERANCE * largest
  return { ...difference, kind: isBehind ? 'behind' : isClose ? 'rounded' : 'wrong' }
}

interface Where {
  readonly shape: readonly number[]
  readonly vector: number
  readonly every: number
}

function numbersDiffer(
  expected: Numbers,
  actual: ArrayLike<number>,
  { shape, vector, every }: Where,
): Difference | undefined {
  let [elements, most] = [0, 0]
  let first: Place | undefined
  for (const [i, wanted] of expected.entries()) {
    const got = i < actual.length ? actual[i] : NaN
    if (got === wanted) continue
    elements++
    most = Math.max(most, Number.isNaN(got) ? Infinity : Math.abs(got - wanted))
    first ??= { vector, element: coordinates(i * every, shape), expected: wanted, got }
  }
  if (elements === 0 && actual.length === expected.length) return undefined
  return { elements, most: actual.length === expected.length ? most : Infinity, first }
}

/** The indices of an element along each axis. */
function coordinates(index: number, shape: readonly number[]): readonly number[] {
  const indices: number[] = []
  for (let axis = shape.length - 1, left = index; axis >= 0; left = Math.floor(left / shape[axis--]))
    indices.unshift(left % shape[axis])
  return indices
}
