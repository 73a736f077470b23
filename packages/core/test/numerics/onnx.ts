import { readFileSync } from 'node:fs'
import { goldenFolder, revive } from './golden.ts'

/** What the tests need of an ONNX model: its constants, and the nodes that read them. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: ReadonlyMap<string, Initializer>
}

interface OnnxNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Integer attributes only. */
  readonly attributes: ReadonlyMap<string, number>
}

export interface Initializer {
  readonly shape: readonly number[]
  /** ONNX's TensorProto.DataType. */
  readonly type: number
  readonly raw: Uint8Array
}

/** Reads a model of the golden set. Models there keep their constants in raw_data. */
export function goldenModel(file: string): OnnxModel {
  const graph = one(fields(Uint8Array.from(readFileSync(`${goldenFolder}/onnx/${file}`))), 7)
  const parts = fields(graph)
  return {
    nodes: all(parts, 1).map((bytes) => {
      const node = fields(bytes)
      return {
        op: text(one(node, 4)),
        inputs: all(node, 1).map(text),
        outputs: all(node, 2).map(text),
        attributes: new Map(
          all(node, 5).map((attribute) => {
            const content = fields(attribute)
            return [text(one(content, 1)), numbers(content, 3)[0] ?? 0] as const
          }),
        ),
      }
    }),
    initializers: new Map(
      all(parts, 5).map((bytes) => {
        const constant = fields(bytes)
        const shape = numbers(constant, 1)
        return [text(one(constant, 8)), { shape, type: numbers(constant, 2)[0], raw: one(constant, 9) }]
      }),
    ),
  }
}

interface Field {
  readonly number: number
  readonly value: number | Uint8Array
}

/** The fields of a protobuf message, in order; what is neither a varint nor length-delimited is left out. */
function fields(bytes: Uint8Array): Field[] {
  const found: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const kind = tag & 7
    if (kind === 0) found.push({ number: tag >>> 3, value: varint() })
    else if (kind === 2) {
      const end = varint() + at
      found.push({ number: tag >>> 3, value: bytes.subarray(at, end) })
      at = end
    } else at += kind === 5 ? 4 : 8
  }
  return found
}

function all(found: readonly Field[], number: number): Uint8Array[] {
  return found
    .filter((field) => field.number === number && typeof field.value !== 'number')
    .map(({ value }) => value as Uint8Array)
}

function one(found: readonly Field[], number: number): Uint8Array {
  const [value] = all(found, number)
  if (value === undefined) throw new Error(`field ${number} is missing`)
  return value
}

function numbers(found: readonly Field[], number: number): number[] {
  return found
    .filter((field) => field.number === number && typeof field.value === 'number')
    .map(({ value }) => value as number)
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export interface OnnxCase {
  readonly name: string
  readonly model: string
  readonly inputs: Record<string, GoldenArray>
  readonly outputs: Record<string, GoldenArray>
}

interface GoldenArray {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array
}

/** The case of this name in onnx/manifest.json. */
export function onnxCase(name: string): OnnxCase {
  const { cases } = JSON.parse(readFileSync(`${goldenFolder}/onnx/manifest.json`, 'utf8'), revive) as {
    cases: OnnxCase[]
  }
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`onnx/manifest.json has no case ${name}`)
  return found
}
