import { bracketed, nameOf, OctetError, quoted, type Shape, type Tensor } from '@octet/core'
import type { Attributes } from './attributes.ts'
import type { Constant } from './constant.ts'
import type { Integers } from './quantized/integers.ts'

/** A node of the file in the form that the reader of its op sees. */
export interface Source {
  /** The name of the core node: the node's name in the file, or its output's, made unique. */
  readonly name: string
  readonly op: string
  readonly opset: number
  /** Input names after resolving Identity and similar ops. An absent optional input is ''. */
  readonly inputs: readonly string[]
  /** The first output. */
  readonly output: string
  /** All outputs. An output that nothing reads is ''. */
  readonly outputs: readonly string[]
  readonly attributes: Attributes
  /** The batch size, if the file fixes it. */
  readonly fixedBatch: number | undefined
  /** @throws OctetError for a constant that cannot be read, or that depends on the batch. */
  constant(input: string): Constant | undefined
  /** Like `constant`, but also for whole numbers that depend on the batch. */
  sizes(input: string): Constant | undefined
  /** Shape of a constant or an activation, for a batch of two, or for the single sample of a model without batches. */
  shape(input: string): Shape
  /** Whether an activation holds only whole numbers, e.g. after Round, or if an input has an integer type. */
  holdsWholeNumbers(input: string): boolean
  /** The number of an input's type in the file, if it holds integers (including truth values) or bfloat16. */
  readonly typeOf: (index: number) => number | undefined
  /** The integer tensors of a model that is read as quantized. */
  readonly integers: Integers | undefined
  /** The float tensor with a tensor's integers: the tensor itself if it holds whole numbers. */
  wholeNumbers(input: string): string
  /** A unique node name that resembles the wanted name. */
  freshNode(wanted: string): string
  /** A unique tensor name that resembles the wanted name. */
  freshTensor(wanted: string): string
  /** Adds a constant under a unique name that resembles the wanted name. */
  freshConstant(wanted: string, held: Tensor<'float32'>): string
}

/** The remedy for a file that cannot be a valid model. */
export const CONTRADICTION = 'the file contradicts itself: check it with onnx.checker and export it again'

/** @throws OctetError that names the node, its fault, and the remedy. */
export function refuse(source: Source, why: string, mend: string): never {
  throw new OctetError(`${nameOf(source)}: ${why}`, mend)
}

/**
 * The inputs without absent inputs at the end. Their number must lie in [least, most], and the first `least` must be
 * present.
 */
export function operands(source: Source, least: number, most: number = least): readonly string[] {
  const last = source.inputs.findLastIndex((name) => name !== '')
  const present = source.inputs.slice(0, last + 1)
  if (present.length < least || present.length > most || present.slice(0, least).includes(''))
    refuse(
      source,
      `it takes ${least === most ? least : `${least} to ${most}`} inputs, got ${present.length}`,
      CONTRADICTION,
    )
  return present
}

/** Whole numbers that must be known before the model runs, such as the shape of a Reshape. */
export function integers(source: Source, index: number, what: string): readonly number[] {
  const constant = source.constant(source.inputs[index] ?? '')
  if (constant?.kind !== 'integer')
    refuse(
      source,
      `its ${what} ${quoted(source.inputs[index] ?? '')} must be constant integers`,
      'run a constant folder such as onnxsim over the model before it is given',
    )
  return constant.values
}

/**
 * The target shape of a node's first input, as whole numbers like `integers`. A batch size at its own place becomes
 * `ofBatch`, and -1 elsewhere.
 */
export function sizes(source: Source, index: number, what: string, ofBatch: number): readonly number[] {
  const constant = source.sizes(source.inputs[index] ?? '')
  if (constant?.kind !== 'integer' || constant.perSample === undefined) return integers(source, index, what)
  const { values, perSample } = constant
  const [rows] = source.shape(source.inputs[0])
  const free = perSample.map((gain, axis) => gain !== 0 && !(axis === 0 && values[0] + 2 * gain === rows))
  if (free.filter(Boolean).length + values.filter((size) => size === -1).length > 1)
    refuse(
      source,
      `its ${what} ${quoted(source.inputs[index] ?? '')} has the size of the batch in several sizes`,
      'export the model with a fixed batch of 1',
    )
  return values.map((size, axis) => (perSample[axis] === 0 ? size : free[axis] ? -1 : ofBatch))
}

/** A float constant at one place of the inputs. */
export function constantFloats(source: Source, index: number, what: string): Tensor<'float32'> {
  const constant = source.constant(source.inputs[index] ?? '')
  if (constant?.kind !== 'float')
    refuse(
      source,
      `its ${what} ${quoted(source.inputs[index] ?? '')} must be constant floats`,
      'export the model with its weights frozen',
    )
  return constant.tensor
}

/** A single constant number, or undefined if the input is absent. */
export function scalar(source: Source, index: number, what: string): number | undefined {
  const name = source.inputs[index]
  if (name === undefined || name === '') return undefined
  const constant = source.constant(name)
  if (constant?.kind !== 'float' || constant.tensor.data.length !== 1)
    refuse(
      source,
      `its ${what} ${quoted(name)} must be one constant float`,
      'run a constant folder such as onnxsim over the model before it is given',
    )
  return constant.tensor.data[0]
}

/** Axes of a tensor with this rank, counted from 0, without duplicates. */
export function axesOf(source: Source, axes: readonly number[], rank: number): readonly number[] {
  const counted = axes.map((axis) => (axis < 0 ? axis + rank : axis))
  if (counted.some((axis, i) => !(axis >= 0 && axis < rank) || counted.indexOf(axis) !== i))
    refuse(source, `axes ${bracketed(axes)} are not axes of rank ${rank}, each once`, CONTRADICTION)
  return counted
}
