import { foldOf } from '../../src/calibrate/fold.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import type { Observed } from '../../src/diagnose/diagnose.ts'
import { SensorObserver } from '../../src/diagnose/sensor.ts'
import type { Normalizer } from '../../src/model/normalizer.ts'
import { elements, tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'

/** A kind of sensor whose channels lie at `mean` with spread `spread`, about half of it within a sample. */
export interface Sensor {
  readonly name: string
  /** Channels first, without the number of samples. */
  readonly shape: readonly number[]
  readonly mean: (channel: number) => number
  readonly spread: (channel: number) => number
}

export const SENSORS: readonly Sensor[] = [
  { name: 'a grey camera', shape: [1, 8, 8], mean: () => 90, spread: () => 40 },
  { name: 'a colour camera', shape: [3, 6, 6], mean: (c) => 100 + 10 * c, spread: () => 50 },
  { name: 'a microphone', shape: [1, 128], mean: () => 0, spread: () => 900 },
  { name: 'a weather station', shape: [6], mean: (c) => 10 * (c + 1), spread: (c) => 3 + c },
]

export type Raw = Tensor<'float32'>

/** Raw samples [n, ...shape]: a level for each sample and channel, and noise about it. */
export function samplesOf(sensor: Sensor, n: number, seed: number): Raw {
  const random = new Random(seed, n)
  const [channels] = sensor.shape
  const run = elements(sensor.shape) / channels
  const data = new Float32Array(n * elements(sensor.shape))
  for (let at = 0; at < data.length;) {
    const channel = (at / run) % channels
    const [level, loudness] = [random.normal(), Math.exp(0.3 * random.normal())]
    for (let i = 0; i < run; i++, at++) {
      const inside = run === 1 ? level : 0.6 * level + 0.8 * loudness * random.normal()
      data[at] = sensor.mean(channel) + sensor.spread(channel) * inside
    }
  }
  return tensor('float32', [n, ...sensor.shape], data)
}

/** Each value of raw samples changed by a fault. */
export function changed(raw: Raw, fault: (value: number, channel: number, sample: number) => number): Raw {
  const size = elements(raw.shape.slice(1))
  const run = size / raw.shape[1]
  return tensor(
    'float32',
    raw.shape,
    raw.data.map((value, i) => fault(value, Math.floor((i % size) / run), Math.floor(i / size))),
  )
}

export function normalizerOf({ shape, mean, spread }: Sensor): Normalizer {
  const channels = Array.from({ length: shape[0] }, (_, channel) => channel)
  return {
    offset: Float32Array.from(channels, mean),
    scale: Float32Array.from(channels, (channel) => 1 / spread(channel)),
  }
}

/** What the pass over these samples sees: the raw input, and the normalized one as the only tensor. */
export function observed(raw: Raw, { offset, scale }: Normalizer): Observed {
  const sensor = new SensorObserver()
  sensor.observe(raw)
  const input = new Observer('input')
  const size = elements(raw.shape.slice(1))
  const sampleAt = (at: number): Float32Array => raw.data.subarray(at * size, (at + 1) * size)
  const normalized = changed(
    raw,
    (value, channel) =>
      (value - offset[offset.length === 1 ? 0 : channel]) * scale[scale.length === 1 ? 0 : channel],
  )
  input.observe(
    normalized.data,
    Array.from({ length: raw.shape[0] }, (_, at) => foldOf(sampleAt(at))),
  )
  return { tensors: new Map([['input', input.observation]]), sensor: sensor.observation }
}
