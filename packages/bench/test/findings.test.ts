import { Calibration, modelOf, tensor } from '@octet/core'
import type { Finding } from '@octet/results'
import { listWorkloads, openWorkload, partsOf, type Workload } from '@octet/workloads'
import { expect, test } from 'vitest'
import { configurations, configure } from '../src/sweep/configurations.ts'
import { findingsOf } from '../src/sweep/findings.ts'
import { calibrationBatches, see } from '../src/sweep/seen.ts'

const [AS_SWEPT] = configurations({
  precisions: ['int8'],
  methods: ['ptq'],
  calibrations: ['minmax'],
  granularities: ['per-channel'],
  schemes: ['affine'],
  weightBits: [8],
  wholeProduct: true,
  transforms: ['none'],
})

type Plant = (
  x: Float32Array,
  about: { readonly channels: number; readonly run: number; readonly normalizer: Workload['normalizer'] },
) => Float32Array

/** What a sweep finds in a workload whose calibration samples went through `plant`. */
async function found(workload: Workload, plant: Plant = (x) => x): Promise<Finding[]> {
  const [{ x }] = partsOf(workload.calibration)
  const [, channels, ...rest] = x.shape
  const run = rest.reduce((a, b) => a * b, 1)
  const { normalizer } = workload
  const data = plant(Float32Array.from(x.data), { channels, run, normalizer })
  const samples = data.length / (channels * run)
  const spoilt = {
    ...workload,
    calibration: { x: tensor('float32', [samples, ...x.shape.slice(1)], data) },
  }
  const model = modelOf(workload.graph)
  const calibration = new Calibration(model, normalizer, calibrationBatches(spoilt))
  const rows = Int32Array.from(workload.evaluation.y, (_, row) => row)
  const seen = await see(calibration, spoilt, rows)
  const quantized = await configure(model, calibration, AS_SWEPT)
  return findingsOf(
    workload.id,
    seen,
    { model, normalizer },
    quantized.precision === 'int8' ? [quantized] : [],
  )
}

/** A plant that changes values by their channel. */
function each(change: (value: number, channel: number, index: number) => number): Plant {
  return (x, { channels, run }) => x.map((value, i) => change(value, Math.floor(i / run) % channels, i))
}

const normalized: Plant = (x, about) =>
  each((value, channel) => {
    const { offset, scale } = about.normalizer
    return (value - offset[offset.length === 1 ? 0 : channel]) * scale[scale.length === 1 ? 0 : channel]
  })(x, about)

const few: Plant = (x, { channels, run }) => x.slice(0, 8 * channels * run)

const WEATHER: readonly [fault: string, Plant][] = [
  ['sensor-gain', each((x, channel) => (channel === 1 ? 1.6 * x : x))],
  [
    'sensor-offset',
    (x, about) => each((value, c) => (c === 0 ? value + 1 / about.normalizer.scale[0] : value))(x, about),
  ],
  ['normalized-twice', normalized],
  ['too-few-samples', few],
  ['dead-channel', each((x, channel) => (channel === 0 ? 5 : x))],
  ['outlier-sensor', each((x, channel, i) => (channel === 0 && i < 1000 ? x + 1e4 : x))],
]

const IMAGES: readonly [fault: string, Plant][] = [
  ['sensor-gain', each((x) => 0.5 * x)],
  ['sensor-offset', each((x) => x + 60)],
  ['normalized-twice', normalized],
  ['too-few-samples', few],
  ['dead-channel', each(() => 0)],
  ['outlier-sensor', each((x, _, i) => (i === 5000 ? 1e5 : x))],
]

/** Calibrating on images takes seconds: the first tier plants two of the faults there, and all in readings. */
const PLANTED = process.env['OCTET_TESTS'] === 'long' ? IMAGES : IMAGES.slice(0, 2)

test.each(listWorkloads().map(({ id }) => id))('%s as it is shipped has nothing above a note', async (id) => {
  const findings = await found(await openWorkload(id))
  expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([])
})

test.each([
  ...WEATHER.map(([fault, plant]) => ['weather-mlp', fault, plant] as const),
  ...PLANTED.map(([fault, plant]) => ['mnist-cnn', fault, plant] as const),
])('in %s a planted %s is the first thing that is found', async (id, fault, plant) => {
  const [first] = await found(await openWorkload(id), plant)
  expect([first.id, first.severity, first.workload]).toEqual([fault, 'fault', id])
})

test('activations past what halves hold are found by name, as a fault of FP16', async () => {
  const workload = await openWorkload('weather-mlp')
  const { offset, scale } = workload.normalizer
  const findings = await found({
    ...workload,
    normalizer: { offset, scale: scale.map((value) => 1e6 * value) },
  })
  expect(findings.filter(({ severity }) => severity === 'fault').map(({ id }) => id)).toContain(
    'fp16-overflows',
  )
})
