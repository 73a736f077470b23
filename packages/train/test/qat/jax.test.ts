import type { Array as JaxArray } from '@jax-js/jax'
import { beforeAll, expect, test } from 'vitest'
import type { QParams } from '@octet/core'
import { QatNetwork } from '../../src/index.ts'
import { GraphBuilder } from '../../src/index.ts'
import { Samples } from '../../src/samples.ts'
import { bars, quantized } from './nets.ts'

const BATCH = 4
const CLASSES = 2
/** Share of a parameter's largest gradient. The two sum in another order, float64 here and float32 there. */
const TOLERANCE = 1e-4

let jax: typeof import('@jax-js/jax')

beforeAll(async () => {
  // jax-js looks for WebGPU in `navigator`, which Node 20 does not have.
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} })
  jax = await import('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
})

/**
 * Fake quantization whose gradient passes where the rounded value is within the grid: jax-js has no custom gradients,
 * but can stop them.
 */
function fakeQuantized(
  x: JaxArray,
  { scale, zeroPoint, qmin, qmax }: QParams,
  shape: readonly number[],
): JaxArray {
  const { numpy: np, lax } = jax
  const [s, inverse, z] = [scale.slice(), scale.map((value) => 1 / value), Float32Array.from(zeroPoint)].map(
    (values) => np.array(values).reshape([...shape]),
  )
  const steps = np.round(x.ref.mul(inverse))
  const held = np.minimum(np.maximum(steps.add(z.ref), qmin), qmax)
  const y = lax.stopGradient(held.sub(z).mul(s.ref))
  // Half a step beyond the last integers still rounds to them.
  const [lo, hi] = [0, 1].map((end) =>
    np
      .array(scale.map((value, i) => ((end === 0 ? qmin - 0.5 : qmax + 0.5) - zeroPoint[i]) * value))
      .reshape([...shape]),
  )
  const through = np.minimum(np.maximum(x, lo), hi)
  return y.add(through.ref.sub(lax.stopGradient(through)))
}

test.each([
  { bits: 4, granularity: 'per-channel' },
  { bits: 8, granularity: 'per-tensor' },
] as const)(
  'straight-through gradients equal those of jax-js: $bits bits, $granularity',
  async ({ bits, granularity }) => {
    // Of these samples no sum is 0, where Relu's gradient would depend on the last bit: jax-js fuses multiply and add
    // where the engine can.
    const data = bars(64, 1)
    // No MaxPool: rounded values are often equal, and which of them its gradient goes to is anyone's choice.
    const graph = new GraphBuilder('net', [1, 8, 8], 2)
      .conv(4, { kernel: 3, pad: 1, bias: false })
      .batchNormalization()
      .relu()
      .averagePool({ kernel: 2 })
      .flatten()
      .gemm(CLASSES)
      .graph()
    const start = await quantized(graph, data, { bits, granularity })
    const network = new QatNetwork(start, BATCH, { graph })
    network.observing = false
    network.liveStatistics = false
    // So that some weights and activations lie outside their frozen grids.
    for (const { name, data: values } of network.parameters)
      if (name.endsWith('.weight')) for (let i = 0; i < values.length; i++) values[i] *= 1 + 0.3 * Math.sin(i)
    const order = Int32Array.from({ length: BATCH }, (_, i) => i)
    const samples = new Samples(data, network)
    samples.load(order, 0, BATCH, network.input.data)
    network.forward(BATCH, 'train')
    const { loss } = samples.score(network.logits, BATCH)
    network.backward(BATCH)

    const { numpy: np, nn, lax } = jax
    const model = network.quantized()
    const gridOf = (name: string): QParams => model.activations.get(name)!
    const [convLayer, poolLayer, , gemmLayer] = model.model.layers
    const [convGrid, gemmGrid] = [convLayer, gemmLayer].map(({ name }) => model.weights.get(name)!.qparams)
    const state = (name: string): JaxArray => np.array(network.state.get(`conv_0.norm.${name}`)!.slice())
    const array = (values: Float32Array, shape: readonly number[]): JaxArray =>
      np.array(values.slice()).reshape([...shape])
    const per = (grid: QParams, rank: number): number[] => [
      grid.scale.length,
      ...Array<number>(rank - 1).fill(1),
    ]
    const x = array(network.input.data, [BATCH, 1, 8, 8])
    const targets = new Float32Array(BATCH * CLASSES)
    data.y.subarray(0, BATCH).forEach((label, i) => (targets[i * CLASSES + label] = 1))
    const biasOn = (bias: JaxArray, input: QParams, grid: QParams): JaxArray => {
      const step = np.array(Float32Array.from(grid.scale, (s) => Math.fround(input.scale[0] * s)))
      const rounded = np.round(bias.ref.div(step.ref)).mul(step)
      return bias.ref.add(lax.stopGradient(rounded.sub(bias)))
    }
    const lossOf = (parameters: JaxArray[]): JaxArray => {
      const [w, b, scale, shift, v, c] = parameters
      const gain = scale.div(np.sqrt(state('variance').add(1e-5)))
      const offset = b.sub(state('mean')).mul(gain.ref).add(shift)
      const weight = fakeQuantized(w.mul(gain.reshape([4, 1, 1, 1])), convGrid, per(convGrid, 4))
      const input = gridOf('input')
      const images = fakeQuantized(x.ref, input, per(input, 4))
      const padding: [number, number] = [1, 1]
      const sums = lax.convGeneralDilated(images, weight, [1, 1], [padding, padding])
      const hidden = gridOf(convLayer.output)
      const active = nn.relu(sums.add(biasOn(offset, input, convGrid).reshape([1, 4, 1, 1])))
      const stored = fakeQuantized(active, hidden, per(hidden, 4))
      const means = gridOf(poolLayer.output)
      const pooled = fakeQuantized(
        stored.reshape([BATCH, 4, 4, 2, 4, 2]).mean([3, 5]),
        means,
        per(means, 4),
      ).reshape([BATCH, 64])
      const matrix = fakeQuantized(v, gemmGrid, per(gemmGrid, 2))
      const dense = np.dot(pooled, matrix.transpose()).add(biasOn(c, means, gemmGrid))
      const last = gridOf(gemmLayer.output)
      const logits = fakeQuantized(dense, last, per(last, 2))
      return nn
        .logSoftmax(logits)
        .mul(array(targets, [BATCH, CLASSES]))
        .sum()
        .mul(-1 / BATCH)
    }
    const [jaxLoss, gradients] = jax.valueAndGrad(lossOf)(
      network.parameters.map(({ data: values, shape }) => array(values, shape)),
    )
    expect(Math.abs((jaxLoss.js() as number) - loss)).toBeLessThan(TOLERANCE)
    for (const [index, { name, grad }] of network.parameters.entries()) {
      const expected = gradients[index].dataSync() as Float32Array
      const largest = Math.max(...expected.map(Math.abs))
      expect(largest, name).toBeGreaterThan(0)
      for (const [i, by] of grad.entries())
        expect(Math.abs(by - expected[i]) / largest, `${name}[${i}]`).toBeLessThan(TOLERANCE)
    }
  },
)
