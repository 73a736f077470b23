import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import type { Normalizer } from '../../src/model/normalizer.ts'
import type { FloatModel, QuantizedModel } from '../../src/model/quantized.ts'
import { openReference } from '../../src/reference/device.ts'
import { tensor, type Shape, type Tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'
import { GraphBuilder } from '../model/graphs.ts'

export const IDENTITY: Normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** Uniform in [-1, 1). */
export function samples(shape: Shape, seed = 1): Tensor<'float32'> {
  const random = new Random(seed)
  const made = tensor('float32', shape)
  for (let i = 0; i < made.data.length; i++) made.data[i] = random.uniform() * 2 - 1
  return made
}

/** What a model yields on the reference. */
export async function outputOf(
  source: FloatModel | QuantizedModel,
  x: Tensor<'float32'>,
): Promise<Float32Array> {
  const program = lower(source, { batch: x.shape[0], normalizer: IDENTITY })
  return (await (await load(program, openReference())).run(x)).data
}

/**
 * A small image classifier [3,8,8] -> 4 with every kind of junction: into a depthwise Conv, a pointwise one, one in
 * groups, and through a pool and a Flatten into a Gemm. `activation` follows each Conv. `skew` multiplies a channel
 * of junction 0, 1, 2 or 3 before it and divides it behind, which changes no output.
 */
export function chain(
  activation: 'relu' | 'relu6' = 'relu',
  skew: (channel: number, junction: number) => number = () => 1,
  seed = 3,
): Model {
  const build = new GraphBuilder(seed)
  const random = new Random(seed, 7)
  const values = (count: number, scale: (i: number) => number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => (random.uniform() * 2 - 1) * scale(i))
  const clip = { min: 0, max: 6 }
  /** Conv [m, c, k, k] in groups and its activation; it makes junction `next` of the junction before. */
  const conv = (
    next: number,
    input: string,
    [m, c, k]: readonly [number, number, number],
    group: number,
  ): string => {
    const name = ['stem', 'dw', 'pw', 'grouped'][next]
    const inner = c * k * k
    const data = values(m * inner, (i) => {
      const output = Math.floor(i / inner)
      const channel = Math.floor(output / (m / group)) * c + Math.floor((i % inner) / (k * k))
      return skew(output, next) / (next === 0 ? 1 : skew(channel, next - 1))
    })
    const bias = values(m, (i) => 0.3 * skew(i, next))
    const pad = k === 3 ? 1 : 0
    const y = build.conv(name, input, [m, c, k, k], { data, bias, group, pads: [pad, pad, pad, pad] })
    if (activation === 'relu') return build.relu(`${name}.act`, y)
    return build.add({
      op: 'Clip',
      name: `${name}.act`,
      inputs: [y],
      output: `${name}.act.y`,
      attributes: clip,
    })
  }
  const stem = conv(0, 'x', [8, 3, 3], 1)
  const dw = conv(1, stem, [8, 1, 3], 8)
  const pw = conv(2, dw, [8, 8, 1], 1)
  const grouped = conv(3, pw, [4, 4, 3], 2)
  const pooled = build.add({
    op: 'MaxPool',
    name: 'pool',
    inputs: [grouped],
    output: 'pool.y',
    attributes: { kernel: [4, 4], strides: [4, 4], pads: [0, 0, 0, 0], dilations: [1, 1], ceilMode: false },
  })
  const weight = values(4 * 16, (i) => 1 / skew(Math.floor((i % 16) / 4), 3))
  build.gemm('fc', build.flatten('flat', pooled), 4, 16, [weight, values(4, () => 0.3)])
  return modelOf(build.graph([3, 8, 8]))
}
