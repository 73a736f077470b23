import { OctetError } from '@octet/core'
import type { AttributeProto, NodeProto } from '../generated/onnx_pb.ts'
import { readConstant, type Constant } from './constant.ts'

/** A node's attributes, taken by name. Those that nobody took are ones this importer does not know. */
export class Attributes {
  readonly #left: Map<string, AttributeProto>
  readonly #where: string

  constructor(node: NodeProto, where: string) {
    this.#left = new Map(node.attribute.map((attribute) => [attribute.name, attribute]))
    this.#where = where
  }

  int(name: string, fallback: number): number {
    const found = this.#take(name)
    return found === undefined ? fallback : Number(found.i)
  }

  /** An int attribute that only says yes or no. */
  flag(name: string, fallback: boolean): boolean {
    return this.int(name, fallback ? 1 : 0) !== 0
  }

  float(name: string, fallback: number): number {
    return this.#take(name)?.f ?? fallback
  }

  ints(name: string): readonly number[] | undefined {
    return this.#take(name)?.ints.map(Number)
  }

  floats(name: string): readonly number[] | undefined {
    return this.#take(name)?.floats
  }

  /** ASCII, as the values of ONNX's string attributes are. */
  string(name: string, fallback: string): string {
    const found = this.#take(name)
    return found === undefined ? fallback : Array.from(found.s, (code) => String.fromCharCode(code)).join('')
  }

  tensor(name: string): Constant | undefined {
    const found = this.#take(name)?.t
    return found === undefined ? undefined : readConstant(found, `${this.#where}, attribute "${name}"`)
  }

  has(name: string): boolean {
    return this.#left.has(name)
  }

  /** Takes attributes that do not bear on inference. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#left.delete(name)
  }

  /** @throws OctetError naming an attribute that was not taken. */
  end(): void {
    for (const name of this.#left.keys())
      throw new OctetError(`${this.#where}: attribute "${name}" is not supported`)
  }

  #take(name: string): AttributeProto | undefined {
    const found = this.#left.get(name)
    this.#left.delete(name)
    return found
  }
}
