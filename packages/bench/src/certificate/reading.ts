import {
  type ExactKernels,
  lower,
  OctetError,
  type Program,
  type ProgramStep,
  sampleInputs,
  type Shape,
  tensor,
  trace,
} from '@octet/core'
import { importQuantizedOnnx, type IntegerTensor, integerTensors, readDescription } from '@octet/onnx'

/** A tensor of integers of a quantized file, with the tensors that it depends on. */
export interface InnerTensor extends Omit<IntegerTensor, 'floats'> {
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
  const model = importQuantizedOnnx(bytes, { ...(sampleOf && { sampleOf }) })
  if (model === undefined)
    throw new OctetError(
      'no layer of the model computes in integers',
      'give a model that octet quantize wrote in INT8',
    )
  const { outputs } = readDescription(bytes)
  if (outputs.length !== 1)
    throw new OctetError(
      `the model has ${outputs.length} outputs`,
      'a certificate holds one output: quantize the model for one, with --output',
    )
  const program = lower(model, { batch: 1, normalizer: AS_IT_IS })
  const all = integerTensors(bytes)
  const found = all.filter(({ floats, dtype, scale, zeroPoint }) => {
    const grid = model.activations.get(floats)
    return grid !== undefined && grid.scale[0] === scale && grid.zeroPoint[0] === zeroPoint - moved(dtype)
  })
  const { tensors, output, places } = traced(program, found, outputs[0])
  const inputs = sampleInputs(model.model.graph)
  return {
    inputs: inputs.map(({ name }) => name),
    output,
    tensors,
    left: all.length - tensors.length,
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
          integers[place] = stored(value.output.data as Int8Array, tensors[place].dtype)
      }
    },
  }
}

/** The offset of uint8 from int8. */
function moved(dtype: IntegerTensor['dtype']): number {
  return dtype === 'uint8' ? 128 : 0
}

function stored(integers: Int8Array, dtype: IntegerTensor['dtype']): Uint8Array | Int8Array {
  return dtype === 'int8' ? Int8Array.from(integers) : Uint8Array.from(integers, (q) => q + moved(dtype))
}

interface Traced {
  readonly tensors: readonly InnerTensor[]
  readonly output: OuterTensor
  /** By tensor of the program: the places of the inner tensors that it is. */
  readonly places: ReadonlyMap<number, readonly number[]>
}

/** Walks a program once, and names the inputs of each tensor of the file. */
function traced(program: Program, found: readonly IntegerTensor[], outputName: string): Traced {
  const { names, steps } = program
  const yielding = new Map<string, ProgramStep>()
  for (const step of steps) if (step.spec.output.dtype === 'int8') yielding.set(names[step.output], step)
  const there = found.filter(({ floats }) => yielding.has(floats))
  const places = new Map<number, number[]>()
  for (const [place, { floats }] of there.entries()) {
    const { output } = yielding.get(floats)!
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
      const { name, dtype, scale, zeroPoint } = there[place]
      const { op, output } = step.spec
      tensors[place] = { name, op, dtype, shape: output.shape, scale, zeroPoint, ...own }
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
