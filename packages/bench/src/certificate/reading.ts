import {
  Carried,
  type ExactKernels,
  lower,
  modelOf,
  OctetError,
  type DType,
  type Graph,
  type Program,
  type ProgramStep,
  sampleInputs,
  type Shape,
  type Tensor,
  tensor,
  trace,
} from '@octet/core'
import {
  dynamicTensors,
  importOnnx,
  importQuantizedOnnx,
  type ImportOptions,
  type IntegerTensor,
  integerTensors,
  readDescription,
} from '@octet/onnx'
import type { Certificate } from './certificate.ts'

/** An integer tensor of a quantized file, with the tensors that it depends on. */
export interface InnerTensor extends Pick<IntegerTensor, 'name' | 'dtype'> {
  /** The grid. Absent if the file computes it for each sample. */
  readonly scale?: number
  readonly zeroPoint?: number
  /** The op that computes the tensor. */
  readonly op: string
  /** The shape for one sample, including the axis for samples. */
  readonly shape: Shape
  /**
   * Whether ONNX fixes every bit of the tensor for given inputs: sums of integers, rescaled by one float32 multiplier.
   * If it is false, runtimes may round a value beside a tie in either direction.
   */
  readonly exact: boolean
  /** The tensors that it depends on, as places in the list. */
  readonly from: readonly number[]
}

/** The output of a quantized file. */
export interface OuterTensor extends Pick<InnerTensor, 'shape' | 'exact' | 'from'> {
  readonly name: string
}

/** A state output of a streaming model, and the input that it becomes for the next sample. */
export interface OuterState extends OuterTensor {
  readonly input: string
}

/** The tensors of a model for one sample. */
export interface Computed {
  readonly output: Float32Array
  /** In the order of the states. */
  readonly states: readonly Float32Array[]
  /** In the order of the inner tensors, each in its own type. */
  readonly integers: readonly (Uint8Array | Int8Array)[]
}

/** A state output by its name in the file, and the input that it becomes. */
export type StateEnds = Pick<OuterState, 'name' | 'input'>

/** A quantized file in the form that Octet computes, one sample at a time. */
export interface Reading {
  readonly inputs: readonly string[]
  readonly output: OuterTensor
  /** The states of a streaming model. A sample brings their inputs too. */
  readonly states: readonly OuterState[]
  /** In the order of the file's nodes. */
  readonly tensors: readonly InnerTensor[]
  /** The number of integer tensors of the file that correspond to no tensor of Octet. */
  readonly left: number
  /** @param sample one sample, by input */
  run(sample: ReadonlyMap<string, ArrayLike<number>>, exact?: ExactKernels): Computed
}

/** The file takes readings, so this normalizer leaves them unchanged. */
const AS_IT_IS = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/**
 * Reads the integers that a quantized model's file defines.
 * @param given the shape of one sample of each input in the file
 * @param states the states of a streaming model
 * @throws OctetError for a model without integer layers, or with several outputs.
 */
export function readQuantized(
  bytes: Uint8Array,
  given: readonly Pick<Certificate['inputs'][number], 'name' | 'shape'>[],
  states: readonly StateEnds[] = [],
): Reading {
  const samples = new Map(given.map(({ name, shape }) => [name, shape.slice(1)]))
  const carried = new Map(states.map(({ input, name }) => [input, name]))
  const yielded = readDescription(bytes).outputs
  const outputs = yielded.filter((name, i) => i === 0 || states.every((state) => state.name !== name))
  if (outputs.length !== 1)
    throw new OctetError(
      `the model has ${outputs.length} outputs`,
      'a certificate holds one output: quantize the model for one, with --output',
    )
  const options = {
    sampleOf: (input: string) => (carried.has(input) ? undefined : samples.get(input)),
    ...(states.length > 0 && { states: carried, output: outputs[0] }),
  }
  const { graph, program, found, count } = inIntegers(bytes, options) ?? inWholeNumbers(bytes, options)
  const { tensors, output, ends, places } = traced(program, found, outputs[0])
  const inputs = sampleInputs(graph)
  const stateInputs = program.states.map(({ input }) => program.names[input])
  return {
    inputs: inputs.map(({ name }) => name),
    output,
    states: stateInputs.map((input, i) => ({ input, name: carried.get(input)!, ...ends[i] })),
    tensors,
    left: count - tensors.length,
    run: (sample, exact) => {
      const x = inputs.map(({ name, shape }) =>
        tensor('float32', [1, ...shape], Float32Array.from(sample.get(name)!)),
      )
      const integers: (Uint8Array | Int8Array)[] = []
      const state = new Carried()
      state.keep(
        program.states.map(({ input }, i) =>
          tensor('float32', program.tensors[input].shape, Float32Array.from(sample.get(stateInputs[i])!)),
        ),
      )
      const steps = trace(program, x, { exact, carried: state })
      for (;;) {
        const { done, value } = steps.next()
        if (done === true) {
          const next = state.next(program).map(({ data }) => data)
          return { output: Float32Array.from(value.data), states: next, integers }
        }
        for (const place of places.get(value.step.output) ?? [])
          integers[place] = stored(value.output.data, tensors[place].dtype)
      }
    },
  }
}

/** An integer tensor of the file, and the tensor of the program that holds it. */
interface Found extends Pick<InnerTensor, 'name' | 'dtype' | 'scale' | 'zeroPoint'> {
  readonly tensor: string
  /** The type of the program's tensor: int8, or float32 for whole numbers. */
  readonly heldIn: DType
}

/** A file in the form that Octet computes. */
interface Computable {
  readonly graph: Graph
  readonly program: Program
  /** In the order of the file's nodes. */
  readonly found: readonly Found[]
  /** The number of integer tensors in the file. */
  readonly count: number
}

/** A file whose layers compute on grids that the file holds. Undefined if it has no such layer. */
function inIntegers(bytes: Uint8Array, options: ImportOptions): Computable | undefined {
  const model = importQuantizedOnnx(bytes, options)
  if (model === undefined) return undefined
  const all = integerTensors(bytes)
  const found = all.flatMap(({ floats, ...one }): Found[] => {
    const grid = model.activations.get(floats)
    const isSame =
      grid !== undefined &&
      grid.scale[0] === one.scale &&
      grid.zeroPoint[0] === one.zeroPoint - moved(one.dtype)
    return isSame ? [{ ...one, tensor: floats, heldIn: 'int8' }] : []
  })
  const program = lower(model, { batch: 1, normalizer: AS_IT_IS })
  return { graph: model.model.graph, program, found, count: all.length }
}

/**
 * A file that computes its grids for each sample. Octet computes its integers as whole numbers in float32, which is
 * exact up to 2^24.
 */
function inWholeNumbers(bytes: Uint8Array, options: ImportOptions): Computable {
  const all = dynamicTensors(bytes)
  if (all.length === 0)
    throw new OctetError(
      'no layer of the model computes in integers',
      'give a model that octet quantize wrote in INT8',
    )
  const graph = importOnnx(bytes, options)
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer: AS_IT_IS })
  const found = all.map((one): Found => ({ ...one, tensor: one.name, heldIn: 'float32' }))
  return { graph, program, found, count: all.length }
}

/** The offset from int8 to uint8. */
function moved(dtype: IntegerTensor['dtype']): number {
  return dtype === 'uint8' ? 128 : 0
}

/** The integers of the program in the file's type. Whole numbers in float32 already have the file's values. */
function stored(integers: Tensor['data'], dtype: IntegerTensor['dtype']): Uint8Array | Int8Array {
  if (integers instanceof Float32Array) return Uint8Array.from(integers)
  return dtype === 'int8' ? Int8Array.from(integers) : Uint8Array.from(integers, (q) => q + moved(dtype))
}

interface Traced {
  readonly tensors: readonly InnerTensor[]
  readonly output: OuterTensor
  /** The state outputs, in the order of the program's states. */
  readonly ends: readonly Omit<OuterTensor, 'name'>[]
  /** For each tensor of the program, the places of the inner tensors that it equals. */
  readonly places: ReadonlyMap<number, readonly number[]>
}

/** Walks a program once, and finds the tensors of the file that each tensor of the file depends on. */
function traced(program: Program, found: readonly Found[], outputName: string): Traced {
  const { names, steps } = program
  const yielding = new Map<string, ProgramStep>()
  const key = (tensor: string, dtype: DType): string => `${dtype} ${tensor}`
  for (const step of steps) yielding.set(key(names[step.output], step.spec.output.dtype), step)
  const there = found.filter(({ tensor, heldIn }) => yielding.has(key(tensor, heldIn)))
  const places = new Map<number, number[]>()
  for (const [place, { tensor, heldIn }] of there.entries()) {
    const { output } = yielding.get(key(tensor, heldIn))!
    places.set(output, [...(places.get(output) ?? []), place])
  }
  /** For each tensor of the program, the inner tensors that it depends on, and whether that dependence is exact. */
  const rests = new Map<number, Rest>()
  const tensors: InnerTensor[] = []
  for (const step of steps) {
    const before = step.inputs.map((index) => rests.get(index) ?? NOTHING)
    const own: Rest = {
      exact: isExact(step) && before.every(({ exact }) => exact),
      from: [...new Set(before.flatMap(({ from }) => from))].toSorted((a, b) => a - b),
    }
    const here = places.get(step.output)
    for (const place of here ?? []) {
      const { tensor: _, heldIn: __, ...one } = there[place]
      const { op, output } = step.spec
      tensors[place] = { ...one, op, shape: output.shape, ...own }
    }
    rests.set(step.output, here === undefined ? own : { exact: true, from: here.slice(0, 1) })
  }
  const endAt = (index: number): Omit<OuterTensor, 'name'> => ({
    shape: program.tensors[index].shape,
    ...(rests.get(index) ?? NOTHING),
  })
  return {
    tensors,
    places,
    output: { name: outputName, ...endAt(program.output) },
    ends: program.states.map(({ output }) => endAt(output)),
  }
}

type Rest = Pick<InnerTensor, 'exact' | 'from'>
const NOTHING: Rest = { exact: true, from: [] }

/** Ops that only move values or limit them to bounds, also in floats. */
const MOVING: ReadonlySet<string> = new Set(['Reshape', 'Move', 'MaxPool', 'Clip', 'Normalize'])
/** Constants of integer ops that fix every bit of the result. */
const FIXED: ReadonlySet<string> = new Set([
  'none',
  'clamp',
  'move',
  'int-weights',
  'int-matmul',
  'divide-quantize',
  'dequantize',
])

function isExact({ spec, constants }: ProgramStep): boolean {
  const isOfIntegers = spec.output.dtype === 'int8' || spec.op === 'DequantizeLinear'
  return isOfIntegers ? FIXED.has(constants.kind) : MOVING.has(spec.op)
}
