import { describe, expect, it } from 'vitest'
import { openWorkload } from '../../src/index.ts'
import { openData } from '../../src/builtin/catalog.ts'
import { withModel } from '../../src/builtin/model.ts'
import { countCorrect } from '../accuracy.ts'

describe('a committed model', () => {
  it('has its recorded accuracy on the reference, to the sample, above the baseline', async () => {
    const workload = await openWorkload('weather-mlp')
    const { recorded, evaluation, baseline } = workload
    const samples = evaluation.y.length
    expect(recorded).toStrictEqual({ value: (await countCorrect(workload)) / samples, samples })
    expect(recorded!.value).toBeGreaterThan(baseline!)
  })

  it('that is missing is refused with the command that trains it', async () => {
    const data = await openData('weather-mlp')
    await expect(withModel({ ...data, id: 'not-trained' })).rejects.toMatchObject({
      name: 'OctetError',
      message: expect.stringContaining('model_fp32.onnx is missing') as string,
      mend: 'train it: octet train not-trained',
    })
  })

  it('that was trained on another split is refused', async () => {
    const data = await openData('weather-mlp')
    await expect(withModel({ ...data, split: 'by the moon' })).rejects.toThrow('trained on another split')
  })
})
