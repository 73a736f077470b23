import {
  AFFINE_INT8,
  elements,
  type FloatModel,
  type Graph,
  type KernelDevice,
  listOf,
  load,
  lower,
  type Model,
  modelOf,
  type Node,
  observe,
  openReference,
  overlay,
  type Program,
  ptq,
  type QuantizedModel,
  type Shape,
  SYMMETRIC_INT8,
  tensor,
  type Tensor,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import { afterAll, describe, expect, test } from 'vitest'
import { WebGpuDevice } from '../src/device/device.ts'
import { waitQuietly } from '../src/open/node/wait.ts'
import { adapters, NO_FEATURES, open } from './adapters.ts'
import { rawDevice } from './raw-device.ts'
import { LONG } from './tier.ts'

const NORMALIZER = {
  offset: Float32Array.of(120, 110, 100),
  scale: Float32Array.of(0.017, 0.0175, 0.018),
}

/**
 * A small MobileNetV3: HardSwish, depthwise, squeeze and excite, a residual, a Concat of ragged channels, pools and a
 * dense layer.
 */
function mobileNet(): Model {
  const random = new Random(17)
  const initializers = new Map<string, Tensor<'float32'>>()
  const nodes: Node[] = []
  const constant = (name: string, shape: Shape): string => {
    const fan = elements(shape.slice(1))
    const draw = (): number => (random.uniform() * 2 - 1) / Math.sqrt(fan)
    const data = Float32Array.from({ length: elements(shape) }, draw)
    initializers.set(name, tensor('float32', shape, data))
    return name
  }
  const add = (node: Node): string => {
    nodes.push(node)
    return node.output
  }
  const conv = (
    name: string,
    input: string,
    weight: readonly [number, number, number],
    stride = 1,
    group = 1,
  ): string => {
    const [outputs, inner, size] = weight
    const pad = (size - 1) / 2
    return add({
      op: 'Conv',
      name,
      inputs: [input, constant(`${name}.w`, [outputs, inner, size, size]), constant(`${name}.b`, [outputs])],
      output: `${name}.y`,
      attributes: {
        kernel: [size, size],
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
        dilations: [1, 1],
        group,
      },
    })
  }
  const simple = (
    op: 'HardSwish' | 'Sigmoid' | 'Relu' | 'GlobalAveragePool' | 'Add' | 'Mul',
    name: string,
    ...inputs: string[]
  ): string => add({ op, name, inputs, output: `${name}.y`, attributes: null })

  const stem = simple('HardSwish', 'hs', conv('stem', 'x', [10, 3, 3], 2))
  const deep = simple('Relu', 'relu', conv('dw', stem, [10, 1, 3], 1, 10))
  const squeezed = conv('squeeze', simple('GlobalAveragePool', 'gap', deep), [10, 10, 1])
  const attributes = { alpha: Math.fround(0.2), beta: 0.5 }
  const gate = add({ op: 'HardSigmoid', name: 'gate', inputs: [squeezed], output: 'gate.y', attributes })
  const block = simple(
    'Add',
    'residual',
    stem,
    conv('project', simple('Mul', 'scale', deep, gate), [10, 10, 1]),
  )
  const joined = add({
    op: 'Concat',
    name: 'cat',
    inputs: [block, simple('Sigmoid', 'sigmoid', conv('side', stem, [3, 10, 1]))],
    output: 'cat.y',
    attributes: { axis: 1 },
  })
  const pooled = add({
    op: 'MaxPool',
    name: 'pool',
    inputs: [conv('mix', joined, [19, 13, 3])],
    output: 'pool.y',
    attributes: { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], ceilMode: false },
  })
  const flat = add({
    op: 'Flatten',
    name: 'flat',
    inputs: [pooled],
    output: 'flat.y',
    attributes: { axis: 1 },
  })
  add({
    op: 'Gemm',
    name: 'fc',
    inputs: [flat, constant('fc.w', [7, 304]), constant('fc.b', [7])],
    output: 'logits',
    attributes: { alpha: 1, beta: 1, transA: false, transB: true },
  })
  const graph: Graph = {
    name: 'small',
    inputs: [{ name: 'x', shape: [3, 16, 16] }],
    output: 'logits',
    nodes,
    initializers,
  }
  return modelOf(graph)
}

function bytes(batch: number, seed: number): Tensor<'float32'> {
  const random = new Random(seed)
  const data = Float32Array.from({ length: batch * 768 }, () => random.below(256))
  return tensor('float32', [batch, 3, 16, 16], data)
}

const model = mobileNet()
const observations = await observe(model, NORMALIZER, [bytes(16, 1)])
const quantized = (bits: 8 | 4): QuantizedModel =>
  ptq(model, observations, {
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, bits, granularity: 'per-channel' },
  })
const SOURCES: readonly (readonly [title: string, source: FloatModel | QuantizedModel, tolerance: number])[] =
  [
    ['FP32', { precision: 'fp32', model }, 1e-4],
    ['FP16', { precision: 'fp16', model }, 2e-2],
    ['INT8', quantized(8), 0],
    ['INT8 with 4-bit weights', quantized(4), 0],
  ]

function program(source: FloatModel | QuantizedModel, batch: number): Program {
  return lower(source, { batch, normalizer: NORMALIZER })
}

/** The device, which joins the steps of programs in this way. */
function joining(device: KernelDevice, compilation: string): KernelDevice {
  return overlay(device, { compile: (list) => device.compile!(list, compilation) })
}

describe.each(adapters)('a whole model on $id', async ({ id }) => {
  const device = await open(id)
  afterAll(async () => device.dispose())

  test.each(
    [1, 3].flatMap((batch) =>
      SOURCES.filter(([title]) => LONG || (batch === 1 && ['FP32', 'INT8'].includes(title))).map(
        ([title, source, tolerance]) => ({ title, batch, source, tolerance }),
      ),
    ),
  )(
    '$title at batch $batch is what the reference says in however many dispatches, and no op falls back',
    async ({ title, batch, source, tolerance }) => {
      const x = bytes(batch, 5)
      const lowered = program(source, batch)
      const there = await load(lowered, openReference())
      const want = await there.run(x)
      const largest = Math.max(...want.data.map(Math.abs))
      const ways = device.compilations!(listOf(lowered))
      expect(ways).toEqual(['joined', 'list', 'whole'])
      const dispatches = []
      for (const way of ways.filter(
        (one) => LONG || one !== 'whole' || (title === 'INT8' && batch === 1 && id !== 'lavapipe'),
      )) {
        const here = await load(lowered, joining(device, way))
        expect(here.fallbackOps).toEqual([])
        const got = await here.run(x)
        for (const [i, value] of want.data.entries())
          expect(Math.abs(got.data[i] - value), way).toBeLessThanOrEqual(tolerance * largest)
        dispatches.push(here.dispatches)
        await here.dispose()
      }
      const [joined, list, whole = 1] = dispatches
      expect(list).toBe(lowered.steps.length)
      expect(joined).toBeLessThan(list)
      expect(whole).toBe(1)
    },
  )
})

test.each(LONG ? [1, 4] : [1])(
  'at batch %i an inference is one upload and one submission, which copies what is read back; all else is at hand',
  async (batch) => {
    const raw = await rawDevice()
    const device = new WebGpuDevice(raw, adapters[0], { ...NO_FEATURES, ...adapters[0] }, waitQuietly)
    const counts = count(raw)
    const int8 = program(quantized(8), batch)
    const execution = await load(int8, device)
    await execution.run(bytes(batch, 2))
    const { pipelines } = counts
    expect(pipelines).toBeGreaterThan(5)
    Object.assign(counts, NOTHING)
    await execution.run(bytes(batch, 3))
    expect(counts).toEqual({ ...NOTHING, submissions: 1, uploads: 1, passes: 1 })
    Object.assign(counts, NOTHING)
    await load(int8, device)
    expect(counts.pipelines).toBe(0)
    await device.dispose()
  },
)

test('a prefix runs the first steps in the pipelines of the whole program, and the whole then runs again', async () => {
  const raw = await rawDevice()
  const device = new WebGpuDevice(raw, adapters[0], { ...NO_FEATURES, ...adapters[0] }, waitQuietly)
  const whole = listOf(program(quantized(8), 1))
  const { length } = whole.steps
  const outputs = whole.steps.map(({ output }) => output)
  // The input and all outputs are read, so each keeps its storage to the end.
  const list = { ...whole, read: [...whole.written, ...outputs] }
  const [before, after] = [bytes(1, 2), bytes(1, 3)]
  const make = raw.createComputePipelineAsync.bind(raw)
  let pipelines = 0
  raw.createComputePipelineAsync = (descriptor) => {
    pipelines++
    return make(descriptor)
  }
  // A software adapter takes long to compile all steps as one function.
  for (const way of device.compilations(list).filter((one) => LONG || one !== 'whole')) {
    const compiled = await device.compile(list, way)
    pipelines = 0
    const readAll = async (): Promise<Tensor[]> => {
      const found = []
      for (const index of outputs) found.push(await compiled.read(index))
      return found
    }
    const run = async (x: Tensor<'float32'>): Promise<Tensor[]> => {
      await compiled.write(whole.written[0], x)
      await compiled.submit()
      return readAll()
    }
    const [old, fresh] = [await run(before), await run(after)]
    for (let steps = 1; steps <= length; steps += LONG ? 1 : 4) {
      await run(before)
      await compiled.write(whole.written[0], after)
      expect((await compiled.time(1, steps)).ns).toHaveLength(1)
      const restore = withoutDispatches(raw)
      await compiled.submit()
      restore()
      const found = await readAll()
      for (const [step, tensor] of found.entries())
        // A step that is computed where it is read has no storage of its own.
        if (!isUnstored(old[step]))
          expect(tensor.data, `${way}: step ${step} of the first ${steps}`).toEqual(
            (step < steps ? fresh : old)[step].data,
          )
    }
    expect(await run(before)).toEqual(old)
    await expect(compiled.time(1, length + 1)).rejects.toThrow(`this program has ${length} steps`)
    expect(pipelines).toBe(0)
    compiled.release()
  }
  await device.dispose()
})

function isUnstored({ data }: Tensor): boolean {
  return Array.from<number>(data).every((value) => value === 0)
}

/** A device whose submissions copy and run nothing, until the returned function is called. */
function withoutDispatches(device: GPUDevice): () => void {
  const original = device.createCommandEncoder.bind(device)
  device.createCommandEncoder = (descriptor) => {
    const made = original(descriptor)
    const pass = {
      setPipeline: () => {},
      setBindGroup: () => {},
      dispatchWorkgroups: () => {},
      end: () => {},
    }
    Object.defineProperty(made, 'beginComputePass', { value: () => pass })
    return made
  }
  return () => (device.createCommandEncoder = original)
}

const NOTHING = { pipelines: 0, buffers: 0, bindGroups: 0, passes: 0, uploads: 0, submissions: 0 }

/** Counts what a device is asked for. */
function count(device: GPUDevice): typeof NOTHING {
  const counts = { ...NOTHING }
  const counting = <Owner extends object>(
    owner: Owner,
    method: keyof Owner,
    what: keyof typeof NOTHING,
  ): void => {
    const original = owner[method] as (...args: unknown[]) => unknown
    Object.defineProperty(owner, method, {
      value: (...args: unknown[]) => {
        counts[what]++
        return original.apply(owner, args)
      },
    })
  }
  counting(device, 'createComputePipelineAsync', 'pipelines')
  counting(device, 'createBuffer', 'buffers')
  counting(device, 'createBindGroup', 'bindGroups')
  counting(device.queue, 'writeBuffer', 'uploads')
  counting(device.queue, 'submit', 'submissions')
  const encoder = device.createCommandEncoder.bind(device)
  device.createCommandEncoder = (descriptor) => {
    const made = encoder(descriptor)
    counting(made, 'beginComputePass', 'passes')
    return made
  }
  return counts
}
