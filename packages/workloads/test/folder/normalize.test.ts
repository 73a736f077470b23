import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { normalizationIn } from '../../src/folder/metadata.ts'
import { readNormalization } from '../../src/index.ts'
import { temporaryFolder } from '../temporary.ts'

describe('--normalize', () => {
  it.each([
    ['offset=0,scale=0.00392', { offset: 0, scale: 0.00392 }],
    ['scale=0.5', { offset: 0, scale: 0.5 }],
    ['offset=-3', { offset: -3, scale: 1 }],
    ['offset=1,2,3,scale=0.5,0.25,1e-3', { offset: [1, 2, 3], scale: [0.5, 0.25, 1e-3] }],
    ['offset=1;2;3, scale=2', { offset: [1, 2, 3], scale: 2 }],
    ['mean=127.5,std=64', { offset: 127.5, scale: 1 / 64 }],
    ['std=2,4,mean=1', { offset: 1, scale: [0.5, 0.25] }],
    ['none', { offset: 0, scale: 1 }],
  ])('%s', async (text, normalization) => {
    expect(await readNormalization(text)).toEqual(normalization)
  })

  it.each([
    ['', '--normalize is ""'],
    ['0.5', '"0.5" is not understood'],
    ['offset=,scale=1', '"offset=" is not understood'],
    ['offset=1,scale=x', '"scale=x" is not understood'],
    ['offset=1,offset=2', 'gives offset twice'],
    ['offset=1,mean=2', '--normalize is "offset=1,mean=2"'],
    ['scale=1,std=2', '--normalize is "scale=1,std=2"'],
    ['scale=0', 'scale: it must not be 0 in float32'],
    ['scale=1e-60', 'scale: it must not be 0 in float32'],
    ['std=0', 'scale'],
    ['scale=1,0', 'it must not be 0 in float32'],
    ['offset=1e300', 'offset'],
    ['gamma=1', '"gamma=1" is not understood'],
  ])('refuses %j, and says what it takes', async (text, message) => {
    const refused = await readNormalization(text).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(OctetError)
    expect((refused as OctetError).message).toContain(message)
    expect((refused as OctetError).mend).toContain('offset')
  })

  it('takes a JSON file with offset and scale, or a whole manifest', async () => {
    const folder = await temporaryFolder()
    const [plain, manifest, neither] = ['a.json', 'manifest.json', 'c.json'].map((name) => join(folder, name))
    await writeFile(plain, '{"offset": [1, 2], "scale": 0.5}')
    await writeFile(manifest, '{"name": "m", "input": {"normalize": {"offset": 3, "scale": 2}}}')
    await writeFile(neither, '{"mean": 3}')
    expect(await readNormalization(plain)).toMatchObject({ offset: [1, 2], scale: 0.5 })
    expect(await readNormalization(manifest)).toMatchObject({ offset: 3, scale: 2 })
    await expect(readNormalization(neither)).rejects.toThrow(neither)
  })
})

describe("a model's metadata", () => {
  it.each([
    ['{"offset": 3, "scale": [1, 2]}', { offset: 3, scale: [1, 2] }],
    ['{"offset": 0, "scale": 1, "more": true}', { offset: 0, scale: 1 }],
  ])('octet.normalize %s', (value, normalization) => {
    const found = normalizationIn([['octet.normalize', value]], 'float32')
    expect(found?.normalization).toMatchObject(normalization)
  })

  it.each([
    ['Normalized_0_1', 0, 0, 1],
    ['normalized_1_1', 127.5, -1, 1],
    ['NOMINALRANGE_16_235', -18.63, 16, 235],
    ['NominalRange_0_255', 0, 0, 255],
  ])('Image.NominalPixelRange %s brings bytes into that range', (value, offset, low, high) => {
    const found = normalizationIn([['Image.NominalPixelRange', value]], 'uint8')!
    const of = (x: number): number =>
      (x - (found.normalization.offset as number)) * (found.normalization.scale as number)
    expect(found.normalization.offset).toBeCloseTo(offset, 2)
    expect(of(0)).toBeCloseTo(low, 9)
    expect(of(255)).toBeCloseTo(high, 9)
  })

  it.each([
    [[], 'uint8'],
    [[['Image.NominalPixelRange', 'Normalized_0_1']], 'float32'],
    [[['Image.NominalPixelRange', 'odd']], 'uint8'],
    [[['mean', '0.5']], 'uint8'],
  ] as const)('%j over %s says nothing', (metadata, stored) => {
    expect(normalizationIn(metadata, stored)).toBeUndefined()
  })

  it.each([
    [[['octet.normalize', '{']], 'metadata octet.normalize: the whole'],
    [[['octet.normalize', '{"offset": 0, "scale": 0}']], 'metadata octet.normalize: scale'],
    [
      [
        ['octet.normalize', '{"offset": 0, "scale": 1}'],
        ['octet.normalize', '{"offset": 0, "scale": 2}'],
      ],
      'metadata octet.normalize is given 2 times',
    ],
  ] as const)('%j is refused', (metadata, message) => {
    expect(() => normalizationIn(metadata, 'uint8')).toThrow(message)
  })
})
