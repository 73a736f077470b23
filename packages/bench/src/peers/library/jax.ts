import type { PeerFormat, PeerSpec, PeerWork } from '../protocol.ts'
import { provideWebGpu, waitQuietly } from './dawn.ts'
import { importPeer } from './import.ts'
import type { OpenLibrary, PeerOp } from './library.ts'

interface JaxArray {
  /** The array with one more owner. Ops consume their arguments. */
  readonly ref: JaxArray
  reshape(shape: readonly number[]): JaxArray
  astype(dtype: string): JaxArray
  data(): Promise<Float32Array>
  dispose(): void
}

type Binary = (a: JaxArray, b: JaxArray) => JaxArray

/** The part of @jax-js/jax 0.1.25 that this file uses. */
interface Jax {
  init(...devices: string[]): Promise<readonly string[]>
  defaultDevice(device: string): string
  jit(work: Binary): Binary
  blockUntilReady<T>(arrays: T): Promise<T>
  readonly numpy: {
    array(data: Float32Array): JaxArray
    matmul(a: JaxArray, b: JaxArray): JaxArray
    readonly float16: string
    readonly float32: string
  }
  readonly lax: {
    convGeneralDilated(
      x: JaxArray,
      weight: JaxArray,
      strides: readonly number[],
      pads: readonly (readonly [number, number])[],
      options: { readonly featureGroupCount: number; readonly rhsDilation: readonly number[] },
    ): JaxArray
  }
}

/** jax-js with its WebGPU backend: float32 and float16, images in NCHW. */
export const openJax: OpenLibrary = async (adapter) => {
  const where = await provideWebGpu(adapter)
  const jax = await importPeer<Jax>('@jax-js/jax')
  const started = await jax.init('webgpu')
  if (!started.includes('webgpu')) throw new Error('its WebGPU backend does not start')
  jax.defaultDevice('webgpu')
  return {
    where,
    prepare: async (work, format) => {
      if (format !== 'f32' && format !== 'f16') throw new Error(`it has no ${format}`)
      return jaxOp(jax, work, format)
    },
  }
}

function jaxOp(jax: Jax, { spec, x, weight }: PeerWork, format: PeerFormat): PeerOp {
  const { numpy } = jax
  const dtype = format === 'f16' ? numpy.float16 : numpy.float32
  const compute = jax.jit(computation(jax, spec))
  const held = [
    numpy.array(x).reshape(spec.inputs[0].shape).astype(dtype),
    numpy.array(weight).reshape(weightShape(spec)).astype(dtype),
  ]
  const run = (): JaxArray => compute(held[0].ref, held[1].ref)
  return {
    transfers: false,
    output: () => waitQuietly(run().astype(numpy.float32).data()),
    time: async (copies) => {
      const start = performance.now()
      // Arrays are lazy. An array that is dropped before it is awaited is never computed.
      const made = Array.from({ length: copies }, run)
      await waitQuietly(jax.blockUntilReady(made))
      const ns = (performance.now() - start) * 1e6
      for (const y of made) y.dispose()
      return ns
    },
    free: async () => held.forEach((array) => array.dispose()),
  }
}

function computation({ numpy, lax }: Jax, spec: PeerSpec): Binary {
  if (spec.op !== 'Conv') return (x, weight) => numpy.matmul(x, weight)
  const [top, left, bottom, right] = spec.pads
  return (x, weight) =>
    lax.convGeneralDilated(
      x,
      weight,
      spec.strides,
      [
        [top, bottom],
        [left, right],
      ],
      { featureGroupCount: spec.group, rhsDilation: spec.dilations },
    )
}

function weightShape(spec: PeerSpec): readonly number[] {
  const k = spec.inputs[0].shape[1]
  const outputs = spec.output.shape[1]
  return spec.op === 'Conv' ? [outputs, k / spec.group, ...spec.kernel] : [k, outputs]
}
