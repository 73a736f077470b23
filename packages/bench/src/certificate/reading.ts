import {
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

/** A tensor of integers of a quantized file, with the tensors that it depends on. */
export interface InnerTensor extends Pick<IntegerTensor, 'name' | 'dtype'> {
  /** The grid; left out where the file makes it for each sample. */
  readonly scale?: number
  readonly zeroPoint?: number
  /** The op that yields it. */
  readonly op: string
  /** Of one sample, with its axis for samples. */
  readonly shape: Shape
  /**
   * Whether ONNX fixes every bit of it, given the tensors that it is made from: sums of integers, rescaled by one
   * float32 multiplier. Where it does not, runtimes may round a value beside a tie to either side.
   */
  readonly exact: boolean
  /** The tensors before it, by their places in the list. */
  readonly from: readonly number[]
}

/** The output of a quantized file. */
export interface OuterTensor extends Pick<InnerTensor, 'shape' | 'exact' | 'from'> {
  readonly name: string
}

/** The tensors of a model for one sample. */
export interface Computed {
  readonly output: Float32Array
  /** In the order of the inner tensors, in their own types. */
  readonly integers: readonly (Uint8Array | Int8Array)[]
}

/** A quantized file as Octet reads and computes it, one sample at a time. */
export interface Reading {
  readonly inputs: readonly string[]
  readonly output: OuterTensor
  /** In the order of the file's nodes. */
  readonly tensors: readonly InnerTensor[]
  /** How many tensors of integers the file has that no tensor of Octet stands for. */
  readonly left: number
  /** @param sample one sample, by input */
  run(sample: ReadonlyMap<string, ArrayLike<number>>, exact?: ExactKernels): Computed
}

/** The file takes readings, so they need no change. */
const AS_IT_IS = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/**
 * Reads a quantized model for what it means in integers.
 * @param sampleOf the shape of one sample of an input, where the file leaves axes free
 * @throws OctetError for a model without layers in integers, one that keeps a state, or one with several outputs.
 */
export function readQuantized(bytes: Uint8Array, sampleOf?: (input: string) => Shape | undefined): Reading {
  const options = { ...(sampleOf && { sampleOf }) }
  const { graph, program, found, count } = inIntegers(bytes, options) ?? inWholeNumbers(bytes, options)
  const { outputs } = readDescription(bytes)
  if (outputs.length !== 1)
    throw new OctetError(
      `the model has ${outputs.length} outputs`,
      'a certificate holds one output: quantize the model for one, with --output',
    )
  const { tensors, output, places } = traced(program, found, outputs[0])
  const inputs = sampleInputs(graph)
  return {
    inputs: inputs.map(({ name }) => name),
    output,
    tensors,
    left: count - tensors.length,
    run: (sample, exact) => {
      const x = inputs.map(({ name, shape }) =>
        tensor('float32', [1, ...shape], Float32Array.from(sample.get(name)!)),
      )
      const integers: (Uint8Array | Int8Array)[] = []
      const steps = trace(program, x, { exact })
      for (;;) {
        const { done, value } = steps.next()
        if (done === true) return { output: Float32Array.from(value.data), integers }
        for (const place of places.get(value.step.output) ?? [])
          integers[place] = stored(value.output.data, tensors[place].dtype)
      }
    },
  }
}

/** A tensor of integers of the file, and the tensor of the program that holds it. */
interface Found extends Pick<InnerTensor, 'name' | 'dtype' | 'scale' | 'zeroPoint'> {
  readonly tensor: string
  /** The type of the program's tensor: int8 or, for whole numbers, float32. */
  readonly heldIn: DType
}

/** A file as Octet computes it. */
interface Computable {
  readonly graph: Graph
  readonly program: Program
  /** In the order of the file's nodes. */
  readonly found: readonly Found[]
  /** How many tensors of integers the file has. */
  readonly count: number
}

/** A file whose layers compute on grids that it holds; undefined where it has no such layer. */
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
 * A file that makes its grids for each sample. Octet computes its integers as whole numbers in float32, which holds
 * them up to 2^24.
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

/** The offset of uint8 from int8. */
function moved(dtype: IntegerTensor['dtype']): number {
  return dtype === 'uint8' ? 128 : 0
}

/** Integers of the program in the file's type; whole numbers in floats have its values already. */
function stored(integers: Tensor['data'], dtype: IntegerTensor['dtype']): Uint8Array | Int8Array {
  if (integers instanceof Float32Array) return Uint8Array.from(integers)
  return dtype === 'int8' ? Int8Array.from(integers) : Uint8Array.from(integers, (q) => q + moved(dtype))
}

interface Traced {
  readonly tensors: readonly InnerTensor[]
  readonly output: OuterTensor
  /** By tensor of the program: the places of the inner tensors that it is. */
  readonly places: ReadonlyMap<number, readonly number[]>
}

/** Walks a program once, and names the inputs of each tensor of the file. */
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
  /** By tensor of the program: the inner tensors that it rests on, and whether exactly. */
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
  const rest = rests.get(program.output) ?? NOTHING
  return {
    tensors,
    places,
    output: { name: outputName, shape: program.tensors[program.output].shape, ...rest },
  }
}

type Rest = Pick<InnerTensor, 'exact' | 'from'>
const NOTHING: Rest = { exact: true, from: [] }

/** Ops that only move values or hold them to bounds, in floats too. */
const MOVING: ReadonlySet<string> = new Set(['Reshape', 'Move', 'MaxPool', 'Clip', 'Normalize'])
/** Constants of ops on integers of which every bit is fixed. */
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
