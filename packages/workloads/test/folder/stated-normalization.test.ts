import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { exportOnnx, withMetadata } from '@octet/onnx'
import { describe, expect, it } from 'vitest'
import { openModel, openWorkload, saveFolder, type Workload } from '../../src/index.ts'
import { temporaryFolder } from '../temporary.ts'
import { GRAPH, MANIFEST, folderWith, refusal } from './tiny-folder.ts'

describe('who says how readings are normalized', () => {
  const bare = { ...MANIFEST, input: {} }
  const stating = withMetadata(exportOnnx(GRAPH), [['octet.normalize', '{"offset": [5, 6], "scale": 2}']])

  it('is a manifest before the metadata of the model, and that before nothing', async () => {
    const open = async (model: Uint8Array, manifest: object): Promise<Workload> =>
      openWorkload(await folderWith({ 'model_fp32.onnx': model, 'manifest.json': JSON.stringify(manifest) }))
    expect(await open(stating, MANIFEST)).toMatchObject({
      normalizedBy: 'manifest',
      normalizer: { offset: Float32Array.of(1, 2) },
    })
    expect(await open(stating, bare)).toMatchObject({
      normalizedBy: 'metadata',
      normalizer: { offset: Float32Array.of(5, 6) },
    })
    expect(await open(exportOnnx(GRAPH), bare)).toMatchObject({
      normalizedBy: 'nothing',
      normalizer: { scale: Float32Array.of(1) },
    })
  })

  it('is the command line before both', async () => {
    const folder = await folderWith({ 'model_fp32.onnx': stating })
    const files = {
      model: join(folder, 'model_fp32.onnx'),
      evaluation: join(folder, 'x_eval.npy'),
      labels: join(folder, 'y_eval.npy'),
      manifest: join(folder, 'manifest.json'),
    }
    const stated = { normalize: { offset: 9, scale: [1, 2] }, name: 'mine', classes: ['x', 'y', 'z'] }
    expect(await openModel({ ...files, stated })).toMatchObject({
      id: 'mine',
      classes: ['x', 'y', 'z'],
      normalizedBy: '--normalize',
      normalizer: { offset: Float32Array.of(9), scale: Float32Array.of(1, 2) },
    })
    const refused = async (wrong: object): Promise<OctetError> =>
      refusal(openModel({ ...files, stated: wrong }))
    expect((await refused({ name: '../x' })).message).toContain('"../x" cannot be a name')
    expect((await refused({ normalize: { offset: [1, 2, 3], scale: 1 } })).message).toBe(
      '--normalize: offset has 3 values for 2 channels',
    )
  })

  it('metadata that does not fit is refused by the name of the file', async () => {
    const wrong = withMetadata(exportOnnx(GRAPH), [['octet.normalize', '{"offset": 0, "scale": 0}']])
    const folder = await folderWith({ 'model_fp32.onnx': wrong, 'manifest.json': JSON.stringify(bare) })
    const { message, mend } = await refusal(openWorkload(folder))
    expect(message).toContain('model_fp32.onnx: metadata octet.normalize: scale: it must not be 0')
    expect(mend).toContain('(x - offset) * scale')
  })

  it('is written into a saved model, which then needs no manifest', async () => {
    const workload = await openWorkload(await folderWith())
    const folder = await temporaryFolder()
    saveFolder(workload, folder)
    const again = await openModel({
      model: join(folder, 'model_fp32.onnx'),
      evaluation: join(folder, 'x_eval.npy'),
      labels: join(folder, 'y_eval.npy'),
    })
    expect(again).toMatchObject({ normalizedBy: 'metadata', normalizer: workload.normalizer })
  })
})
