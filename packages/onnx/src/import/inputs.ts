import { bracketed, elements, OctetError, quoted, type Node, type Shape, type ValueInfo } from '@octet/core'
import type { ValueInfoProto } from '../generated/onnx_pb.ts'
import { BFLOAT16, isNarrow, kindOfType, typeName, type Constant } from './constant.ts'
import { floatsOf, integersOf } from './fold/values.ts'
import { MOST_DIMENSIONS, MOST_ELEMENTS } from './limits.ts'
import type { Fixed, ImportOptions } from './options.ts'

/** An input of the file, with its known sizes. */
export interface FileInput {
  readonly name: string
  readonly elementType: number
  readonly sizes: readonly (number | undefined)[]
  /** The caller's name for each size: its own name, or the input and the axis. */
  readonly labels: readonly string[]
}

/** The inputs of a graph of samples. */
export interface SampleInputs {
  readonly inputs: readonly ValueInfo[]
  /** The batch size, if the file fixes it. */
  readonly fixedBatch: number | undefined
}

/** @throws OctetError if the input is no tensor of numbers with a known rank. */
export function readInput({ name, type }: ValueInfoProto, { dims }: ImportOptions): FileInput {
  const where = `input ${quoted(name)}`
  const elementType = type?.tensorType?.elemType ?? 0
  if (kindOfType(elementType) === undefined)
    throw new OctetError(
      `${where}: it must be a tensor of numbers, this is data type ${
        type?.tensorType === undefined ? 'unknown' : typeName(elementType)
      }`,
      'export the model with float32 at its inputs',
    )
  const dim = type?.tensorType?.shape?.dim
  if (dim === undefined)
    throw new OctetError(`${where}: its shape is not stated`, 'export the model with a shape for its input')
  const labels = dim.map(({ value }, axis) =>
    value.case === 'dimParam' && value.value !== '' ? value.value : `${name}:${axis}`,
  )
  const sizes = dim.map(({ value }, axis) => {
    const size = value.case === 'dimValue' ? Number(value.value) : undefined
    const stated = size !== undefined && size > 0 ? size : undefined
    return stated ?? dims?.get(labels[axis]) ?? dims?.get(`${name}:${axis}`)
  })
  return { name, elementType, sizes, labels }
}

/** The input with its free sizes set to 1. They count samples, and a state belongs to one sample. */
export function ofOne(input: FileInput): FileInput {
  return { ...input, sizes: input.sizes.map((size) => size ?? 1) }
}

/** The value of an input that becomes a constant. @throws OctetError if it does not fit the input. */
export function fixedValue({ name, elementType, sizes }: FileInput, { shape, values }: Fixed): Constant {
  const known = sizes.every((size) => size !== undefined)
  const wanted = known ? sizes : shape
  const fill = values.length === 1 && elements(shape) === 1
  if (!fill && wanted.join() !== shape.join())
    throw new OctetError(
      `input ${quoted(name)}: its value is ${bracketed(shape)}, the model's is ${bracketed(wanted)}`,
      'set it to one number, or to an array of the shape that the model states',
    )
  const count = elements(wanted)
  if (count > MOST_ELEMENTS)
    throw new OctetError(
      `input ${quoted(name)}: ${bracketed(wanted)} is more than ${MOST_ELEMENTS} numbers`,
      'export the model for smaller inputs',
    )
  const numbers = Array.from({ length: count }, (_, i) => values[fill ? 0 : i])
  const constant =
    kindOfType(elementType) === 'float' ? floatsOf(wanted, numbers) : integersOf(wanted, numbers)
  const isNamed = constant.kind === 'integer' || elementType === BFLOAT16 || isNarrow(elementType)
  return isNamed ? { ...constant, type: elementType } : constant
}

/** The inputs as samples of a batch of any size, which is their first size. Undefined if they share no such size. */
export function batchInputs(files: readonly FileInput[], options: ImportOptions): SampleInputs | undefined {
  if (files.some(({ sizes }) => sizes.length < 2)) return undefined
  const fixed = new Set(files.flatMap(({ sizes: [batch] }) => batch ?? []))
  if (fixed.size > 1) return undefined
  const samples = files.map(({ name, sizes }) => sizesBy(sizes.slice(1), options.sampleOf?.(name)))
  if (!samples.every(isKnown)) return undefined
  return { inputs: files.map((file, i) => checked(file, samples[i])), fixedBatch: [...fixed][0] }
}

/** An input as one sample. */
export interface WholeInput extends ValueInfo {
  /** The shape in the file. */
  readonly whole: Shape
}

/**
 * The inputs as one sample each: without a first size of 1, or whole. A whole input gets a Reshape that removes its
 * size 1 for the single sample.
 */
export function wholeInputs(files: readonly FileInput[], options: ImportOptions): readonly WholeInput[] {
  return files.map((file, i) => {
    const { name, sizes, labels } = file
    const hasBatch = sizes.length >= 2 && (sizes[0] ?? 1) === 1
    const skipped = hasBatch ? 1 : 0
    const found = sizesBy(sizes.slice(skipped), options.sampleOf?.(name))
    // If a size besides the samples is known, as for a state, a free axis counts samples and is 1.
    const besides = i > 0 && found.some((size) => size !== undefined && size > 1)
    const sample = besides ? found.map((size) => size ?? 1) : found
    const free = sample.indexOf(undefined)
    if (!isKnown(sample))
      throw new OctetError(
        `input ${quoted(name)}: its size ${quoted(labels[free + skipped])} is free`,
        `give it a size: --dim ${labels[free + skipped]}=SIZE`,
      )
    return { ...checked(file, sample), whole: hasBatch ? [1, ...sample] : sample }
  })
}

/** A node that gives an input the shape that the file declares for it. */
export function reshapeTo(input: string, output: string, name: string, shape: Shape): Node {
  return { op: 'Reshape', name, inputs: [input], output, attributes: { shape } }
}

/** Sizes of the file. Free sizes come from the data, if both shapes fit together. */
function sizesBy(
  sizes: readonly (number | undefined)[],
  data: Shape | undefined,
): readonly (number | undefined)[] {
  const fits =
    data?.length === sizes.length && sizes.every((size, axis) => (size ?? data[axis]) === data[axis])
  return sizes.map((size, axis) => size ?? (fits && data[axis] > 0 ? data[axis] : undefined))
}

function isKnown(sizes: readonly (number | undefined)[]): sizes is Shape {
  return sizes.every((size) => size !== undefined && Number.isSafeInteger(size))
}

function checked({ name }: FileInput, sample: Shape): ValueInfo {
  if (sample.length > MOST_DIMENSIONS || elements(sample) > MOST_ELEMENTS)
    throw new OctetError(
      `input ${quoted(name)}: a sample of ${bracketed(sample)} is more than the ${MOST_ELEMENTS} ` +
        `elements in ${MOST_DIMENSIONS} ` +
        'dimensions that are computed',
      'export the model for smaller samples',
    )
  return { name, shape: sample }
}
