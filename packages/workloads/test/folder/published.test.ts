import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openWorkload } from '../../src/index.ts'
import { countCorrect } from '../accuracy.ts'

const SHARED = join(import.meta.dirname, '../../../../../shared/models')

describe.skipIf(!existsSync(SHARED))('the published folders (skipped without ../shared)', () => {
  it.each([
    ['cifar10-resnet8', 2000, 0.7525],
    ['fmnist-mobilenet-bn', 10_000, 0.9127],
    ['satellite-mlp', 2000, 0.908],
  ])('%s is evaluated in full', async (name, samples, accuracy) => {
    const { evaluation, recorded } = await openWorkload(join(SHARED, name))
    expect(evaluation.y).toHaveLength(samples)
    expect(recorded).toStrictEqual({ value: accuracy, samples })
  })

  it('kws-dscnn loses the 200 samples that calibrate, and one more that equals one of them', async () => {
    const { evaluation, notes, recorded } = await openWorkload(join(SHARED, 'kws-dscnn'))
    expect(evaluation.y).toHaveLength(799)
    expect(notes[0]).toContain('201 of 1000')
    expect(recorded).toStrictEqual({ value: 0.915, samples: 800 })
  })

  it('satellite-mlp has its recorded accuracy on the reference, to the sample', async () => {
    const workload = await openWorkload(join(SHARED, 'satellite-mlp'))
    const { value, samples } = workload.recorded!
    expect(await countCorrect(workload)).toBe(Math.round(value * samples))
  })
})
