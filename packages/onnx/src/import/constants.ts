import { OctetError, quoted } from '@octet/core'
import type { GraphProto, TensorProto } from '../generated/onnx_pb.ts'
import { readConstant, type Constant } from './constant.ts'

/**
 * The constants of a file by tensor name. A constant is read at its first use, so a constant without a use may be of
 * any type.
 */
export class Constants {
  /** Names of the file's own constants. */
  readonly stored: ReadonlySet<string>
  readonly #stored = new Map<string, TensorProto>()
  /** Constants that cannot be read, with the reason. */
  readonly #faults = new Map<string, OctetError>()
  readonly #read = new Map<string, Constant>()

  constructor({ initializer, sparseInitializer }: GraphProto) {
    for (const proto of initializer) {
      if (this.#stored.has(proto.name))
        this.#faults.set(
          proto.name,
          new OctetError(`initializer ${quoted(proto.name)} is given twice`, 'export the model again'),
        )
      this.#stored.set(proto.name, proto)
    }
    for (const { values } of sparseInitializer)
      if (values !== undefined)
        this.#faults.set(
          values.name,
          new OctetError(`initializer ${quoted(values.name)} is sparse`, 'save the weights as dense tensors'),
        )
    this.stored = new Set([...this.#stored.keys(), ...this.#faults.keys()])
  }

  /** @throws OctetError naming a constant that cannot be read. */
  get(name: string): Constant | undefined {
    const read = this.#read.get(name)
    if (read !== undefined) return read
    const fault = this.#faults.get(name)
    if (fault !== undefined) throw fault
    const stored = this.#stored.get(name)
    if (stored === undefined) return undefined
    const made = readConstant(stored, `initializer ${quoted(name)}`)
    this.#read.set(name, made)
    return made
  }

  /** Stores the output of a Constant node. */
  set(name: string, constant: Constant): void {
    this.#read.set(name, constant)
  }
}
