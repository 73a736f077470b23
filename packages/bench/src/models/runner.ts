import { type Execution, type KernelDevice, type OpSpec, type Shape, tensor, type Tensor } from '@octet/core'
import { timed } from '@octet/core/statistics'
import type { PeerProcess } from '../peers/process.ts'

/** Runs a model from an input on the host to an output on the host. */
export interface Runner {
  /** Wall ns of each of `repeats` runs. */
  run(repeats: number): Promise<readonly number[]>
}

/** Runs one of our programs. */
export function programRunner(execution: Execution, sample: Tensor<'float32'>): Runner {
  return { run: (repeats) => timed(repeats, () => execution.run(sample)) }
}

/** Upload, one elementwise op and readback on our device. */
export async function trivialRunner(
  device: KernelDevice,
  sample: Tensor<'float32'>,
): Promise<Runner & { free(): void }> {
  const one = { dtype: sample.dtype, shape: sample.shape }
  const spec: OpSpec = { op: 'Clip', inputs: [one], output: one }
  const op = await device.prepare(spec, { kind: 'clamp', clamp: [0, Infinity] })
  const [input, output] = [device.alloc(one), device.alloc(one)]
  return {
    run: (repeats) =>
      timed(repeats, async () => {
        await device.write(input, sample)
        await device.submit([{ op, inputs: [input], output }])
        return device.read(output)
      }),
    free: () => {
      device.free(input)
      device.free(output)
      device.release(op)
    },
  }
}

/** Runs an ONNX model in a peer's process. Also returns the model's first output. */
export async function peerRunner(
  process: PeerProcess,
  model: Uint8Array,
  input: Float32Array,
  shape: Shape,
): Promise<Runner & { readonly output: Float32Array }> {
  const { model: id, output } = await process.ask({ ask: 'load', model, input, shape })
  return {
    output,
    run: async (repeats) => (await process.ask({ ask: 'run', model: id, repeats })).ns,
  }
}

/** Normalizes the input of a model: (x - offset) * scale along axis 1. */
export function normalized(
  x: Tensor<'float32'>,
  { offset, scale }: { readonly offset: Float32Array; readonly scale: Float32Array },
): Tensor<'float32'> {
  const [, channels, ...rest] = x.shape
  const inner = rest.reduce((product, size) => product * size, 1)
  return tensor(
    'float32',
    x.shape,
    x.data.map((value, index) => {
      const channel = Math.floor(index / inner) % channels
      return (value - offset[channel % offset.length]) * scale[channel % scale.length]
    }),
  )
}
