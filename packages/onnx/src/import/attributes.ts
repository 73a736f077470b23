import { OctetError, quoted } from '@octet/core'
import { ATTRIBUTE_TYPES } from '../format.ts'
import type { AttributeProto, GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { readConstant, type Constant } from './constant.ts'
import type { ExternalData } from './external.ts'
import { LARGEST_INT } from './limits.ts'

type Type = keyof typeof ATTRIBUTE_TYPES

/** A whole number, limited to the largest that attributes may have. */
export function heldInt(value: number): number {
  return Math.min(Math.max(value, -LARGEST_INT), LARGEST_INT)
}

/** A node's attributes. The reader of an op takes them by name. An attribute that nothing takes is unknown to Octet. */
export class Attributes {
  readonly #left: Map<string, AttributeProto>
  readonly #where: string
  readonly #external: ExternalData

  constructor(node: NodeProto, where: string, external: ExternalData) {
    this.#left = new Map(node.attribute.map((attribute) => [attribute.name, attribute]))
    this.#where = where
    this.#external = external
  }

  int(name: string, fallback: number): number {
    const found = this.#take(name, 'int')
    return found === undefined ? fallback : this.#whole(name, found.i)
  }

  /** An int attribute for yes or no. */
  flag(name: string, fallback: boolean): boolean {
    return this.int(name, fallback ? 1 : 0) !== 0
  }

  /** A finite number. */
  float(name: string, fallback: number): number {
    const value = this.bound(name, fallback)
    return Number.isFinite(value) ? value : this.#refuse(name, `is ${value}`, 'give it a finite number')
  }

  /** A number that may be infinite. */
  bound(name: string, fallback: number): number {
    const value = this.#take(name, 'float')?.f ?? fallback
    return Number.isNaN(value) ? this.#refuse(name, 'is NaN', 'give it a number') : value
  }

  /** Any float32, including NaN. */
  any(name: string): number | undefined {
    return this.#take(name, 'float')?.f
  }

  ints(name: string): readonly number[] | undefined {
    return this.#take(name, 'ints')?.ints.map((value) => this.#whole(name, value))
  }

  /** Whole numbers, limited to the largest: the ends of a Slice may be larger to mean the end of the axis. */
  heldInts(name: string): readonly number[] | undefined {
    return this.#take(name, 'ints')?.ints.map((value) => heldInt(Number(value)))
  }

  /** The values of ONNX's string attributes are ASCII. */
  strings(name: string): readonly string[] | undefined {
    return this.#take(name, 'strings')?.strings.map(asciiOf)
  }

  floats(name: string): readonly number[] | undefined {
    return this.#take(name, 'floats')?.floats
  }

  /** The values of ONNX's string attributes are ASCII. */
  string(name: string, fallback: string): string {
    const found = this.#take(name, 'string')
    return found === undefined ? fallback : asciiOf(found.s)
  }

  /** A string that must be one of the op's known values. */
  choice<Known extends string>(name: string, known: readonly Known[], fallback: Known): Known {
    const given = this.string(name, fallback)
    return (
      known.find((one) => one === given) ??
      this.#refuse(name, `is ${quoted(given)}, not ${known.join(', ')}`, 'export the model again')
    )
  }

  tensor(name: string): Constant | undefined {
    const found = this.#take(name, 'tensor')?.t
    return found === undefined
      ? undefined
      : readConstant(found, `${this.#where}, attribute ${quoted(name)}`, this.#external)
  }

  graph(name: string): GraphProto | undefined {
    return this.#take(name, 'graph')?.g
  }

  has(name: string): boolean {
    return this.#left.has(name)
  }

  /** Takes attributes that have no effect on inference. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#left.delete(name)
  }

  /** Takes all attributes, because another reader of the node has taken them. */
  ignoreAll(): void {
    this.#left.clear()
  }

  /** @throws OctetError that names an attribute that was not taken. */
  end(): void {
    for (const name of this.#left.keys())
      this.#refuse(name, 'is not supported', 'export the model without it')
  }

  #take(name: string, type: Type): AttributeProto | undefined {
    const found = this.#left.get(name)
    this.#left.delete(name)
    // Files of the first IR version leave out the type.
    if (found !== undefined && found.type !== 0 && found.type !== ATTRIBUTE_TYPES[type])
      this.#refuse(name, `is not of type ${type}`, 'the file contradicts itself: export the model again')
    return found
  }

  #whole(name: string, value: bigint): number {
    const number = Number(value)
    return Math.abs(number) <= LARGEST_INT
      ? number
      : this.#refuse(name, `holds ${value}`, `give it numbers of at most ${LARGEST_INT}`)
  }

  #refuse(name: string, what: string, mend: string): never {
    throw new OctetError(`${this.#where}: attribute ${quoted(name)} ${what}`, mend)
  }
}

function asciiOf(bytes: Uint8Array): string {
  return Array.from(bytes, (code) => String.fromCharCode(code)).join('')
}
