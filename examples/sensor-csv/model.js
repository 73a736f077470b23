import { isDevice, load, lower, tensor } from '@octet/core'
import kernels from '@octet/kernels-wasm'
import { importQuantizedOnnx } from '@octet/onnx'

/**
 * Opens a quantized ONNX model on the CPU.
 * @param {Uint8Array} bytes the file
 * @param {{ offset: number[], scale: number[] }} normalization an input enters the model as (x - offset) * scale
 * @param {'browser' | 'node'} runtime
 * @returns {Promise<(readings: readonly number[]) => Promise<Float32Array>>} from readings to the model's outputs
 */
export async function openModel(bytes, { offset, scale }, runtime) {
  const model = importQuantizedOnnx(bytes)
  if (model === undefined) throw new Error('the model is not quantized: octet quantize writes one that is')
  const device = await kernels.open({ runtime, adapter: 'auto' })
  if (!isDevice(device)) throw new Error(`${device.unavailable}. ${device.mend}`)
  const normalizer = { offset: Float32Array.from(offset), scale: Float32Array.from(scale) }
  const execution = await load(lower(model, { batch: 1, normalizer }), device)
  return async (readings) => {
    const { data } = await execution.run(tensor('float32', [1, readings.length], Float32Array.from(readings)))
    return data
  }
}
