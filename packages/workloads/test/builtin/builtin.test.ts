import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Labels, OctetError } from '@octet/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listWorkloads, partsOf, type Samples } from '../../src/index.ts'
import { openData } from '../../src/builtin/catalog.ts'
import type { TrainingData } from '../../src/workload.ts'
import { parseIdx } from '../../src/builtin/idx.ts'
import { rowsAbsentFrom } from '../../src/overlap.ts'

const IDS = ['mnist-cnn', 'fashion-mobilenet', 'weather-mlp']
/** SHA-256 of the evaluation and training samples, that the committed models were trained and evaluated on. */
const DIGESTS: Readonly<Record<string, string>> = {
  'mnist-cnn': 'e68d9a5a6b9a759e8e271037d9348745e724fed53aa05e7bf4c962f660b1d224',
  'fashion-mobilenet': 'd51cc9a32647dd96a60539d9f8b6a0eb9cf682043e749a249a93ca764cf47c75',
  'weather-mlp': 'f61c6218ef3f647890cc3be39f5485457e486dfabc23fc9bbb7be9e5e2072367',
}

function digestOf(...parts: readonly Samples[]): string {
  const hash = createHash('sha256')
  for (const { x, y } of parts)
    for (const { buffer, byteOffset, byteLength } of [x.data, y])
      hash.update(new Uint8Array(buffer, byteOffset, byteLength))
  return hash.digest('hex')
}

let cacheDir: string
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'octet-data-'))
})
afterAll(() => rm(cacheDir, { recursive: true, force: true }))

it('the built-in workloads are listed without loading data', () => {
  expect(listWorkloads().map(({ id }) => id)).toStrictEqual(IDS)
})

it('an unknown workload is refused with the known ones named', async () => {
  const refused = await openData('cifar').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(OctetError)
  expect((refused as OctetError).mend).toContain(IDS.join(', '))
})

describe.each(IDS)('the data of %s', (id) => {
  let data: TrainingData
  let training: Samples
  beforeAll(async () => {
    data = await openData(id, { cacheDir })
    training = await data.training()
  })

  it('calibrates with training samples only', () => {
    const { calibration, evaluation } = data
    const [calibrating] = partsOf(calibration)
    expect(calibrating.x.shape).toStrictEqual([512, ...data.input])
    expect(rowsAbsentFrom(training, calibrating)).toHaveLength(0)
    expect(rowsAbsentFrom(evaluation, calibrating)).toHaveLength(512)
  })

  it('has parts that do not overlap', async () => {
    const validation = await data.validation()
    expect(rowsAbsentFrom(data.evaluation, training)).toHaveLength(training.y.length)
    expect(rowsAbsentFrom(data.evaluation, validation)).toHaveLength(validation.y.length)
    expect(rowsAbsentFrom(validation, training)).toHaveLength(training.y.length)
  })

  it('has a label for every sample, within the classes, and every class in each part', () => {
    for (const { x, y } of [training, data.evaluation]) {
      expect(x.shape).toStrictEqual([y.length, ...data.input])
      expect([...new Set(y)].toSorted((a, b) => a - b)).toStrictEqual([...data.classes.keys()])
    }
  })

  it('begins with samples that stand for the whole', () => {
    const whole = countsOf(data.evaluation.y)
    const ahead = countsOf(data.evaluation.y.subarray(0, 200))
    for (const [label, count] of whole)
      expect(Math.abs((ahead.get(label) ?? 0) / 200 - count / data.evaluation.y.length)).toBeLessThan(0.1)
  })

  it('comes with a normalizer that brings the training samples to mean 0, deviation 1', () => {
    const { offset, scale } = data.normalizer
    expect(scale).toHaveLength(offset.length)
    let [mean, square] = [0, 0]
    const { data: x } = training.x
    for (let i = 0; i < x.length; i++) {
      const normal = (x[i] - offset[i % offset.length]) * scale[i % scale.length]
      mean += normal
      square += normal * normal
    }
    expect(mean / x.length).toBeCloseTo(0, 5)
    expect(square / x.length).toBeCloseTo(1, 5)
  })

  it('is the data that the committed model was trained on', () => {
    expect(digestOf(data.evaluation, training)).toBe(DIGESTS[id])
  })
})

describe('MNIST', () => {
  it('has the official split', async () => {
    const { evaluation, training, validation, baseline } = await openData('mnist-cnn')
    expect(evaluation.y).toHaveLength(10_000)
    expect((await training()).y.length + (await validation()).y.length).toBe(60_000)
    // Published order and counts: the first test digits are 7 2 1 0 4, and 1 is the most frequent with 1,135.
    expect([...evaluation.y.subarray(0, 5)]).toStrictEqual([7, 2, 1, 0, 4])
    expect(baseline).toBe(0.1135)
  })

  it.each([
    ['of another type', Uint8Array.of(0, 0, 9, 1, 0, 0, 0, 0)],
    ['without a header', Uint8Array.of(0, 0, 8)],
    ['cut short', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7)],
  ])('refuses an IDX file %s', (_, bytes) => {
    expect(() => parseIdx(bytes, 'images')).toThrow(OctetError)
  })
})

describe('Fashion-MNIST', () => {
  it('names the malformed rows and leaves them and repeated pictures out', async () => {
    const { evaluation, training, validation, notes } = await openData('fashion-mobilenet', { cacheDir })
    expect(notes).toHaveLength(2)
    expect(notes[0]).toContain('row 1000 of class 0 (t-shirt), row 7001 of class 0 (t-shirt)')
    expect(notes[1]).toContain('54 pictures')
    expect(evaluation.y.length + (await training()).y.length + (await validation()).y.length).toBe(
      70_000 - 54,
    )
  })

  it('is cached as one file', async () => {
    await openData('fashion-mobilenet', { cacheDir })
    expect(await readdir(cacheDir)).toHaveLength(1)
  })
})

describe('the weather', () => {
  it('is evaluated on the last year of both stations, baseline sun', async () => {
    const { evaluation, baseline, classes } = await openData('weather-mlp')
    expect(evaluation.y).toHaveLength(2 * 365)
    const stations = countsOf(Int32Array.from({ length: 730 }, (_, row) => evaluation.x.data[row * 8 + 7]))
    expect([...stations.values()]).toStrictEqual([365, 365])
    expect(baseline).toBe(381 / 730)
    expect(countsOf(evaluation.y).get(classes.indexOf('sun'))).toBe(381)
  })

  it('enters as the station recorded it', async () => {
    const { training, validation } = await openData('weather-mlp')
    // 2012-01-02 in Seattle: 10.9 mm, 10.6 and 2.8 °C, wind 4.5, rain, so a wet gauge; one day into the year.
    const angle = (2 * Math.PI) / 365.2425
    const day = [10.9, 10.6, 2.8, 4.5, 1, Math.cos(angle), Math.sin(angle), 0].map(Math.fround)
    const rows = [await training(), await validation()].flatMap(({ x, y }) =>
      Array.from(y, (label, row) => [...x.data.subarray(row * 8, row * 8 + 8), label]),
    )
    expect(rows).toContainEqual([...day, 2])
  })
})

function countsOf(values: Labels): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
