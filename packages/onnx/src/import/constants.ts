import { elements, OctetError, quoted } from '@octet/core'
import type { GraphProto, TensorProto } from '../generated/onnx_pb.ts'
import { readConstant, type Constant } from './constant.ts'
import type { ExternalData } from './external.ts'
import { MOST_MADE } from './limits.ts'

/** The memory of one whole number, in floats. A whole number may also have a marker of the batch. */
const INTEGER_ROOM = 8

/**
 * The constants of a model by tensor name: the constants of the file, and the constants that Octet computes from them.
 * A constant of the file is read at its first use, so an unused constant may have any type.
 */
export class Constants {
  readonly #external: ExternalData
  readonly #stored = new Map<string, TensorProto>()
  /** Constants that cannot be read, with the reasons. */
  readonly #faults = new Map<string, OctetError>()
  readonly #known = new Map<string, Constant>()
  #made = 0

  constructor(external: ExternalData) {
    this.#external = external
  }

  /** Adds the constants of a graph under unique names. */
  store({ initializer, sparseInitializer }: GraphProto, nameOf: (name: string) => string): void {
    for (const proto of initializer) {
      const name = nameOf(proto.name)
      if (this.#stored.has(name))
        this.#faults.set(
          name,
          new OctetError(`initializer ${quoted(name)} is given twice`, 'export the model again'),
        )
      this.#stored.set(name, proto)
    }
    for (const { values } of sparseInitializer)
      if (values !== undefined)
        this.#faults.set(
          nameOf(values.name),
          new OctetError(`initializer ${quoted(values.name)} is sparse`, 'save the weights as dense tensors'),
        )
  }

  /** Names of the stored constants. */
  names(): Iterable<string> {
    return this.#stored.keys()
  }

  /** Whether a tensor is a constant, even if it cannot be read. */
  has(name: string): boolean {
    return this.#known.has(name) || this.#stored.has(name) || this.#faults.has(name)
  }

  /** @throws OctetError that names a constant that cannot be read. */
  get(name: string): Constant | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const fault = this.#faults.get(name)
    if (fault !== undefined) throw fault
    const stored = this.#stored.get(name)
    if (stored === undefined) return undefined
    const made = readConstant(stored, `initializer ${quoted(name)}`, this.#external)
    this.#known.set(name, made)
    return made
  }

  /** Adds a constant that is no initializer of the file. */
  set(name: string, constant: Constant): void {
    this.#known.set(name, constant)
  }

  /** Reserves memory for a computed constant. @throws OctetError if there is no room for it. */
  takeRoom(kind: Constant['kind'], shape: readonly number[], where: string): void {
    this.#made += elements(shape) * (kind === 'integer' ? INTEGER_ROOM : 1)
    if (!(this.#made <= MOST_MADE) || shape.some((size) => size < 0 || size > MOST_MADE))
      throw new OctetError(
        `${where}: with it the model computes constants of more than ${MOST_MADE} numbers`,
        'store the constants in the file, or export a smaller part of the model',
      )
  }
}
