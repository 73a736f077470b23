import { describe, expect, test } from 'vitest'
import { calibrator } from '../../src/calibrate/registry.ts'
import { diagnose, type Observed } from '../../src/diagnose/diagnose.ts'
import type { CalibrationFinding, FindingId } from '../../src/diagnose/finding.ts'
import { AFFINE_INT8, qparamsFromRange, type Range } from '../../src/numerics/qparams.ts'
import { changed, normalizerOf, observed, samplesOf, SENSORS, type Raw, type Sensor } from './planted.ts'

const SEEDS = process.env['OCTET_TESTS'] === 'long' ? [1, 2, 3, 4] : [1, 2]
/** What is found in the samples themselves; tensors may then well be ill quantized too. */
const OF_SAMPLES: ReadonlySet<FindingId> = new Set([
  'dead-channel',
  'outlier-sensor',
  'sensor-gain',
  'sensor-offset',
  'normalized-twice',
  'too-few-samples',
])

function gridsOf({ tensors }: Observed): ReadonlyMap<string, ReturnType<typeof qparamsFromRange>> {
  return new Map(
    [...tensors].map(([name, observation]) => [
      name,
      qparamsFromRange(calibrator('mse').range(observation, AFFINE_INT8), AFFINE_INT8),
    ]),
  )
}

function findings(sensor: Sensor, calibration: Raw, evaluation: Raw): CalibrationFinding[] {
  const normalizer = normalizerOf(sensor)
  const seen = observed(calibration, normalizer)
  return diagnose(seen, {
    evaluation: observed(evaluation, normalizer),
    normalizer,
    qparams: gridsOf(seen),
    calibration: 'percentile-99.9',
  })
}

function alone(sensor: Sensor, raw: Raw): FindingId[] {
  const normalizer = normalizerOf(sensor)
  return diagnose(observed(raw, normalizer), { normalizer }).map(({ id }) => id)
}

type Plant = (raw: Raw, sensor: Sensor) => Raw

const last = ({ shape }: Sensor): number => shape[0] - 1

const PLANTS: { fault: FindingId; how: string; plant: Plant }[] = [
  { fault: 'sensor-gain', how: 'up, everywhere', plant: (raw) => changed(raw, (x) => 1.35 * x) },
  { fault: 'sensor-gain', how: 'down, everywhere', plant: (raw) => changed(raw, (x) => 0.7 * x) },
  {
    fault: 'sensor-gain',
    how: 'in one channel',
    plant: (raw, sensor) => changed(raw, (x, channel) => (channel === last(sensor) ? 1.4 * x : x)),
  },
  {
    fault: 'sensor-offset',
    how: 'everywhere',
    plant: (raw, { spread }) => changed(raw, (x, channel) => x + 0.6 * spread(channel)),
  },
  {
    fault: 'sensor-offset',
    how: 'down, in one channel',
    plant: (raw, sensor) =>
      changed(raw, (x, channel) => (channel === last(sensor) ? x - 0.6 * sensor.spread(channel) : x)),
  },
  {
    fault: 'outlier-sensor',
    how: 'in one sample',
    plant: (raw, { spread }) =>
      changed(raw, (x, channel, sample) => (sample === 17 && channel === 0 ? x + 40 * spread(0) : x)),
  },
  {
    fault: 'dead-channel',
    how: 'at zero',
    plant: (raw, sensor) => changed(raw, (x, channel) => (channel === last(sensor) ? 0 : x)),
  },
  {
    fault: 'normalized-twice',
    how: 'before the model normalizes',
    plant: (raw, sensor) => changed(raw, (x, channel) => (x - sensor.mean(channel)) / sensor.spread(channel)),
  },
]

describe.each(SENSORS)('on $name', (sensor) => {
  const evaluation = samplesOf(sensor, 300, 1000)

  test('clean samples give no finding', () => {
    for (const seed of SEEDS)
      for (const n of [100, 400]) expect(findings(sensor, samplesOf(sensor, n, seed), evaluation)).toEqual([])
  })

  test.each(PLANTS)('$fault $how is called by its name, and nothing else is', ({ fault, plant }) => {
    for (const seed of SEEDS) {
      const found = findings(sensor, plant(samplesOf(sensor, 200, seed), sensor), evaluation)
      expect(found.map(({ id }) => id).filter((id) => OF_SAMPLES.has(id))).toEqual([fault])
      expect(found[0].id).toBe(fault)
      expect(Math.abs(found[0].value) > found[0].threshold).toBe(fault !== 'dead-channel')
    }
  })

  test.each([1, 2, 4, 8, 15])('%i samples are too few, and nothing is said of the sensor', (n) => {
    for (const seed of SEEDS) {
      const found = findings(sensor, samplesOf(sensor, n, seed), evaluation)
      expect(found.map(({ id }) => id).filter((id) => OF_SAMPLES.has(id))).toEqual(['too-few-samples'])
      expect(found[0].verdict).toContain(n === 1 ? '1 calibration sample is' : `${n} calibration samples are`)
    }
  })
})

describe('one channel of several', () => {
  test('far out in every sample is an outlier sensor, and named', () => {
    const [, camera] = SENSORS
    for (const seed of SEEDS) {
      const raw = changed(samplesOf(camera, 200, seed), (x, channel) => (channel === 2 ? 30 * x : x))
      const [first] = findings(camera, raw, samplesOf(camera, 300, 1000))
      expect(first.id).toBe('outlier-sensor')
      expect(first.verdict).toMatch(/^channel 2 reaches/)
    }
  })

  test('constant in both sets is no fault: the corner of every picture is black', () => {
    const [, camera] = SENSORS
    const [seen, other] = [samplesOf(camera, 200, 1), samplesOf(camera, 300, 2)].map((raw) =>
      changed(raw, (x, channel) => (channel === 1 ? 0 : x)),
    )
    expect(findings(camera, seen, other)).toEqual([])
  })
})

describe('samples that are already normalized', () => {
  test('are recognized in evaluation too, and without a normalizer of the model', () => {
    const [, camera] = SENSORS
    const [seen, other] = [samplesOf(camera, 200, 1), samplesOf(camera, 300, 2)]
    const normalized = changed(other, (x) => x / 255)
    const [inEvaluation] = findings(camera, seen, normalized)
    expect(inEvaluation.id).toBe('normalized-twice')
    expect(inEvaluation.verdict).toMatch(/^the evaluation samples .*3 of 3 channels do/)
    const identity = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
    const [raw] = diagnose(observed(normalized, identity), { evaluation: observed(seen, identity) })
    expect(raw.id).toBe('normalized-twice')
  })
})

describe('without samples to compare with', () => {
  const [camera, , , station] = SENSORS
  test('clean samples give no finding', () => {
    for (const sensor of SENSORS)
      for (const seed of SEEDS) expect(alone(sensor, samplesOf(sensor, 200, seed))).toEqual([])
  })

  test('a lone outlier and samples normalized twice are found all the same', () => {
    const raw = samplesOf(camera, 200, 3)
    const spike = changed(raw, (x, _, sample) => (sample === 5 ? 30 * x : x))
    expect(alone(camera, spike)).toEqual(['outlier-sensor'])
    expect(
      alone(
        camera,
        changed(raw, (x) => (x - 90) / 40),
      ),
    ).toEqual(['normalized-twice'])
    expect(alone(station, samplesOf(station, 4, 1))).toEqual(['too-few-samples'])
  })

  test('copies of one sample are too few, however many', () => {
    const one = samplesOf(camera, 1, 1)
    const copies = changed(samplesOf(camera, 100, 1), () => 0)
    copies.data.forEach((_, i) => {
      copies.data[i] = one.data[i % one.data.length]
    })
    const normalizer = normalizerOf(camera)
    const [found] = diagnose(observed(copies, normalizer), { normalizer })
    expect(found.id).toBe('too-few-samples')
    expect(found.verdict).toMatch(/copies of one another/)
  })
})

describe('tensor by tensor', () => {
  const [camera] = SENSORS
  const normalizer = normalizerOf(camera)
  const seen = observed(samplesOf(camera, 300, 1), normalizer)
  const withRange = (range: Range) =>
    diagnose(seen, {
      evaluation: observed(samplesOf(camera, 300, 2), normalizer),
      normalizer,
      qparams: new Map([['input', qparamsFromRange(range, AFFINE_INT8)]]),
    })

  test('a range too narrow clips, and the error is laid to clipping', () => {
    const found = withRange({ min: -0.2, max: 0.2 })
    expect(found.map(({ id }) => id)).toEqual(['clipping', 'low-sqnr'])
    expect(found[1].verdict).toContain('mostly lost by clipping')
  })

  test('a range too wide leaves most integers unused, and the error is laid to rounding', () => {
    const found = withRange({ min: -90, max: 90 })
    expect(found.map(({ id }) => id)).toEqual(['few-levels', 'low-sqnr'])
    expect(found[1].verdict).toContain('mostly lost by rounding')
  })

  test('a tensor that is distributed otherwise in evaluation is named', () => {
    const found = diagnose(
      { tensors: seen.tensors },
      {
        evaluation: observed(
          changed(samplesOf(camera, 300, 2), (x) => x + 40),
          normalizer,
        ),
      },
    )
    expect(found.map(({ id, tensor }) => [id, tensor])).toEqual([['distribution-shift', 'input']])
  })

  test.each([1, 3, 15])('%i evaluation samples tell nothing of reach or distribution', (samples) => {
    const few = observed(samplesOf(camera, samples, 2), normalizer)
    const ids = diagnose(seen, { evaluation: few, normalizer }).map(({ id }) => id)
    expect(ids).not.toContain('outlier-sensor')
    expect(ids).not.toContain('distribution-shift')
  })

  test('a channel that stands still in evaluation is no measure of reach', () => {
    const still = observed(
      changed(samplesOf(camera, 300, 2), () => 90),
      normalizer,
    )
    for (const { verdict } of diagnose(seen, { evaluation: still, normalizer }))
      expect(verdict).not.toContain('Infinity')
  })

  test('a scale that depends on one sample is noted', () => {
    const raw = changed(samplesOf(camera, 100, 1), (x, _, sample) => (sample === 3 ? 90 + 6 * (x - 90) : x))
    const outlying = observed(raw, normalizer)
    const ids = diagnose(
      { tensors: outlying.tensors },
      { qparams: gridsOf(outlying), calibration: 'minmax' },
    ).map(({ id }) => id)
    expect(ids).toContain('unstable-scale')
  })
})
