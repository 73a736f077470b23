import {
  elements,
  lower,
  modelOf,
  sampleInputs,
  tensorsOf,
  trace,
  type Graph,
  type Normalizer,
  type Samples,
  type Shape,
  type State,
} from '@octet/core'
import type { DescribedValue, Description } from '@octet/onnx'
import { batchOf, dtypeOf, sizeOf } from '@octet/workloads'
import { judgedOn, type QuantizeSource } from '../quantize/source.ts'
import type { Numbers } from './numbers.ts'
import type { StateEnds } from './reading.ts'

/** An input of a model with its first samples, in the form that the model's file takes. */
export interface InputVectors {
  readonly name: string
  readonly dtype: 'float32' | 'uint8' | 'int8'
  /** The shape of one vector. */
  readonly shape: Shape
  readonly vectors: readonly Numbers[]
}

/** The default number of inputs of a certificate, */
const VECTORS = 8
/** and their limits: bytes, and multiply-adds. A certificate always has at least one input. */
const [MOST_BYTES, MOST_MACS] = [2 ** 20, 1e9]

/**
 * The number of inputs of a certificate. The source limits it to the samples that exist.
 * @param macs multiply-adds of one sample
 * @param wanted the number that the user asked for
 */
export function vectorCount(source: QuantizeSource, macs: number, wanted: number | undefined): number {
  const { graph } = source
  const bytes = sampleInputs(graph).reduce((sum, { shape }) => sum + 4 * elements(shape), 0)
  const within = Math.min(VECTORS, Math.floor(MOST_BYTES / bytes), Math.floor(MOST_MACS / macs))
  return Math.min(sizeOf(judgedOn(source).readings), wanted ?? Math.max(1, within))
}

/**
 * The first samples of the set that judges the model: readings if the file takes readings, otherwise normalized values.
 * @param values the inputs that the file declares
 */
export function inputVectors(
  source: QuantizeSource,
  values: ReadonlyMap<string, DescribedValue>,
  { count, rawInput }: { readonly count: number; readonly rawInput: boolean },
): readonly InputVectors[] {
  const { graph, normalizer, calibration } = source
  const { readings } = judgedOn(source)
  const samples = Array.from({ length: count }, (_, i) => {
    const raw = batchOf(readings, i, 1)
    return rawInput ? tensorsOf(raw).map(({ data }) => data) : normalized(graph, normalizer, raw)
  })
  return sampleInputs(graph).map(({ name, shape }, place) => {
    const dtype = rawInput && place === 0 ? dtypeOf(calibration) : 'float32'
    return {
      name,
      dtype,
      shape: shapeInFile(values.get(name)?.shape, shape),
      vectors: samples.map((inputs) => OF_TYPE[dtype](inputs[place])),
    }
  })
}

/** A state of a streaming model by its names in the file, and its shape there. */
export interface StateInput extends StateEnds {
  readonly shape: Shape
}

/**
 * The states of a graph in its file.
 * @param nameOf the name in the file of the output that a state input reads
 */
export function statesInFile(
  graph: Graph,
  { values }: Pick<Description, 'values'>,
  nameOf: (state: State) => string,
): readonly StateInput[] {
  return (graph.states ?? []).map((state) => {
    const { name: input, shape } = graph.inputs.find(({ name }) => name === state.input)!
    return { input, name: nameOf(state), shape: shapeInFile(values.get(input)?.shape, shape) }
  })
}

const OF_TYPE = {
  float32: (data: Float32Array): Numbers => data,
  uint8: (data: Float32Array): Numbers => Uint8Array.from(data),
  int8: (data: Float32Array): Numbers => Int8Array.from(data),
} as const

/** The readings after the steps before the model's first layer, for each input. */
function normalized(graph: Graph, normalizer: Normalizer, sample: Samples): readonly Float32Array[] {
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer })
  const made = new Map<number, Float32Array>()
  for (const { step, output } of trace(program, sample)) {
    if (step.spec.op === 'Normalize') made.set(step.inputs[0], output.data as Float32Array)
    if (program.inputs.every((index) => made.has(index))) break
  }
  return program.inputs.map((index) => made.get(index)!)
}

/**
 * One sample in the shape of the file's input. Its axis for samples is 1. Another free axis takes the remaining size.
 */
function shapeInFile(stated: DescribedValue['shape'] | undefined, sample: Shape): Shape {
  if (stated === undefined || stated.length === sample.length + 1) return [1, ...sample]
  const sizes = stated.map((size) => (typeof size === 'number' && size > 0 ? size : 0))
  const known = sizes.reduce((product, size) => product * (size || 1), 1)
  const whole = sample.reduce((product, size) => product * size, 1)
  return sizes.map((size) => size || whole / known)
}
