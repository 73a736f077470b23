import type { ConvSpec } from '@octet/core'
import type { PeerWork } from '../protocol.ts'
import { provideWebGpu, waitQuietly } from './dawn.ts'
import { importPeer } from './import.ts'
import { channelsFirst, channelsLast } from './layout.ts'
import type { OpenLibrary, PeerOp } from './library.ts'

interface TfTensor {
  data(): Promise<Float32Array>
  dispose(): void
}

/** The part of @tensorflow/tfjs-core 4.22 that this file uses. */
interface Tf {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  backend(): TfBackend
  tensor(data: Float32Array, shape: readonly number[]): TfTensor
  matMul(a: TfTensor, b: TfTensor): TfTensor
  conv2d(x: TfTensor, filter: TfTensor, strides: readonly number[], pads: TfPads): TfTensor
  depthwiseConv2d(x: TfTensor, filter: TfTensor, strides: readonly number[], pads: TfPads): TfTensor
}

type TfPads = readonly (readonly [number, number])[]

interface TfBackend {
  readonly commandEncoder: object | null
  endComputePassEncoder(): void
  submitQueue(): void
  readonly queue: { onSubmittedWorkDone(): Promise<void> }
}

/** TensorFlow.js with its WebGPU backend: float32, images in NHWC. */
export const openTfjs: OpenLibrary = async (adapter) => {
  const where = await provideWebGpu(adapter)
  const tf = await importPeer<Tf>('@tensorflow/tfjs-core')
  await importPeer('@tensorflow/tfjs-backend-webgpu')
  if (!(await tf.setBackend('webgpu'))) throw new Error('its WebGPU backend does not start')
  await tf.ready()
  return {
    where,
    prepare: async (work, format) => {
      if (format !== 'f32') throw new Error(`it has no ${format}`)
      return new TfOp(tf, work)
    },
  }
}

class TfOp implements PeerOp {
  readonly transfers = false
  readonly #tf: Tf
  readonly #work: PeerWork
  readonly #operands: readonly [x: TfTensor, weight: TfTensor]

  constructor(tf: Tf, work: PeerWork) {
    this.#tf = tf
    this.#work = work
    const { spec, x, weight } = work
    if (spec.op !== 'Conv') {
      const [m, k] = spec.inputs[0].shape
      const n = spec.output.shape[1]
      this.#operands = [tf.tensor(x, [m, k]), tf.tensor(weight, [k, n])]
      return
    }
    const [n, c, h, w] = spec.inputs[0].shape
    const outputs = spec.output.shape[1]
    const [kh, kw] = spec.kernel
    const inner = c / spec.group
    if (spec.group !== 1 && !(spec.group === c && outputs === c))
      throw new Error('it has no grouped convolution')
    // [M,C/group,kH,kW] to [kH,kW,C,M]. For a depthwise op, to [kH,kW,C,1].
    const filter = channelsLast(weight, [1, outputs * inner, kh, kw])
    const ordered = spec.group === 1 ? swapLast(filter, outputs, inner) : filter
    this.#operands = [
      tf.tensor(channelsLast(x, [n, c, h, w]), [n, h, w, c]),
      tf.tensor(ordered, spec.group === 1 ? [kh, kw, inner, outputs] : [kh, kw, c, 1]),
    ]
  }

  async output(): Promise<Float32Array> {
    const y = this.#compute()
    const data = await waitQuietly(y.data())
    y.dispose()
    const { spec } = this.#work
    return spec.op === 'Conv' ? channelsFirst(data, spec.output.shape) : data
  }

  async time(copies: number): Promise<number> {
    const backend = this.#tf.backend()
    const start = performance.now()
    for (let copy = 0; copy < copies; copy++) this.#compute().dispose()
    // The backend submits by itself after a number of dispatches, so nothing may be left.
    if (backend.commandEncoder !== null) {
      backend.endComputePassEncoder()
      backend.submitQueue()
    }
    await waitQuietly(backend.queue.onSubmittedWorkDone())
    return (performance.now() - start) * 1e6
  }

  async free(): Promise<void> {
    for (const operand of this.#operands) operand.dispose()
  }

  #compute(): TfTensor {
    const { spec } = this.#work
    const [x, weight] = this.#operands
    if (spec.op !== 'Conv') return this.#tf.matMul(x, weight)
    const pads = padsOf(spec)
    return spec.group === 1
      ? this.#tf.conv2d(x, weight, spec.strides, pads)
      : this.#tf.depthwiseConv2d(x, weight, spec.strides, pads)
  }
}

function padsOf({ pads: [top, left, bottom, right] }: ConvSpec): TfPads {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
}

/** [..., a, b] to [..., b, a]. */
function swapLast(data: Float32Array, a: number, b: number): Float32Array {
  return data.map((_, index) => {
    const [rest, j, i] = [Math.floor(index / (a * b)), Math.floor(index / a) % b, index % a]
    return data[rest * a * b + i * b + j]
  })
}
