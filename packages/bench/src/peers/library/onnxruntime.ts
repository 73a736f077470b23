import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fromFloat16 } from '@octet/core'
import { encodeOnnx, type OnnxDType } from '@octet/onnx'
import type { PeerFormat, PeerWork } from '../protocol.ts'
import { importPeer } from './import.ts'
import type { OpenLibrary, PeerLibrary, PeerOp } from './library.ts'
import { graphOf, type OpGraph, trivialModel, ZERO_POINT } from './onnx-graph.ts'

type OrtData = Float32Array | Uint16Array | Uint8Array

interface OrtTensor {
  readonly data: OrtData
  dispose(): void
}

interface OrtSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches?: readonly string[],
  ): Promise<Readonly<Record<string, OrtTensor>>>
  release(): Promise<void>
}

/** The part of onnxruntime-node 1.30 that this file uses. */
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> }
  readonly Tensor: new (type: OnnxDType, data: OrtData, dims: readonly number[]) => OrtTensor
}

const ERRORS_ONLY = 3
/** Without the extra option of `webgpu`, a node that the provider lacks would run on the CPU without a message. */
const OPTIONS = {
  webgpu: {
    executionProviders: ['webgpu'],
    extra: { session: { disable_cpu_ep_fallback: '1' } },
    logSeverityLevel: ERRORS_ONLY,
  },
  // Threads that keep spinning after a run would take cores from the next contender.
  cpu: {
    executionProviders: ['cpu'],
    extra: { session: { force_spinning_stop: '1' } },
    logSeverityLevel: ERRORS_ONLY,
  },
} as const

type Provider = keyof typeof OPTIONS

/** ONNX Runtime's WebGPU provider on its own Dawn. The adapter is the one that the only visible Vulkan driver gives. */
export const openOrtWebGpu: OpenLibrary = async ({ name }) => {
  const library = await open('webgpu')
  // ONNX Runtime starts its Dawn with the first session.
  await (await library.ort.InferenceSession.create(trivialModel([1]), OPTIONS.webgpu)).release()
  const drivers = vulkanDrivers()
  return {
    ...library,
    where:
      drivers === undefined
        ? 'its own Dawn on the adapter it takes by itself'
        : drivers.length === 1
          ? `its own Dawn, with the driver of ${name} alone (${drivers[0]})`
          : `its own Dawn, on one of the drivers ${drivers.join(', ')}`,
  }
}

/** ONNX Runtime's own CPU kernels. */
export const openOrtCpu: OpenLibrary = async () => ({ ...(await open('cpu')), where: 'the CPU, all cores' })

async function open(provider: Provider): Promise<Omit<PeerLibrary, 'where'> & { readonly ort: Ort }> {
  const ort = await importPeer<Ort>('onnxruntime-node')
  return {
    ort,
    prepare: async (work, format) => new OrtOp(ort, provider, work, format),
    load: async (model, shape) => {
      // A free batch axis would cost ONNX Runtime time. The shape fixes the axis.
      const options = { ...OPTIONS[provider], freeDimensionOverrides: { N: shape[0] } }
      const session = await ort.InferenceSession.create(model, options)
      const [input, output] = [session.inputNames[0], session.outputNames[0]]
      return {
        run: async (data) => {
          const outputs = await session.run({ [input]: new ort.Tensor('float32', data, shape) })
          return outputs[output].data as Float32Array
        },
      }
    },
  }
}

/** Vulkan drivers that this process has loaded. Undefined if the system does not report them. */
function vulkanDrivers(): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined
  const paths = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/)[5] ?? '')
  return [...new Set(paths.map((path) => basename(path)))].filter((file) =>
    /^lib(vulkan_|vk_|GLX_nvidia|nvidia-vulkan|amdvlk)/.test(file),
  )
}

/**
 * One op as a graph of many copies. A session uploads and downloads in each run, so one graph holds the copies, and the
 * time of a graph with one copy is measured and subtracted. A run fetches only one output, but it computes all of them.
 */
class OrtOp implements PeerOp {
  readonly transfers = true
  readonly #ort: Ort
  readonly #provider: Provider
  readonly #graph: OpGraph
  readonly #feeds: Readonly<Record<string, OrtTensor>>
  readonly #sessions = new Map<number, OrtSession>()
  readonly #outputScale: number

  constructor(ort: Ort, provider: Provider, work: PeerWork, format: PeerFormat) {
    this.#ort = ort
    this.#provider = provider
    this.#graph = graphOf(work, format)
    const { name, dtype, shape, data } = this.#graph.input
    this.#feeds = { [name]: new ort.Tensor(dtype, data as OrtData, shape) }
    this.#outputScale = work.outputScale
  }

  async output(): Promise<Float32Array> {
    const session = await this.#session(1)
    const [name] = session.outputNames
    const { data } = (await session.run(this.#feeds))[name]
    if (data instanceof Uint16Array) return fromFloat16(data)
    if (data instanceof Uint8Array)
      return Float32Array.from(data, (value) => (value - ZERO_POINT) * this.#outputScale)
    return data
  }

  async time(copies: number): Promise<number> {
    const session = await this.#session(copies)
    const last = session.outputNames.at(-1)!
    const start = performance.now()
    await session.run(this.#feeds, [last])
    return (performance.now() - start) * 1e6
  }

  async free(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
  }

  async #session(copies: number): Promise<OrtSession> {
    const known = this.#sessions.get(copies)
    if (known !== undefined) return known
    const model = encodeOnnx(this.#graph.repeated(copies))
    const session = await this.#ort.InferenceSession.create(model, OPTIONS[this.#provider])
    // The first run compiles the shaders.
    await session.run(this.#feeds, [session.outputNames.at(-1)!])
    this.#sessions.set(copies, session)
    return session
  }
}
