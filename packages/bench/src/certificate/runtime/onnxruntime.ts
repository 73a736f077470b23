import { withOutputs } from '@octet/onnx'
import { importPeer } from '../../peers/library/import.ts'
import type { Numbers } from '../numbers.ts'
import { RUNTIMES_FOLDER } from './install.ts'
import type { Runtime } from './runtime.ts'

interface OrtTensor {
  readonly data: ArrayLike<number>
}

interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>
  release(): Promise<void>
}

/** The API that onnxruntime-node 1.30 and onnxruntime-web 1.30 have in common. */
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> }
  readonly Tensor: new (type: string, data: Numbers, dims: readonly number[]) => OrtTensor
  readonly env: {
    readonly wasm?: { numThreads?: number }
    readonly versions?: Readonly<Record<string, string>>
  }
}

/** All other options keep the runtime's defaults, including its optimizations. */
const OPTIONS = { logSeverityLevel: 3 } as const

/** ONNX Runtime's own CPU kernels, from one of its packages. */
export async function openOnnxRuntime(library: 'onnxruntime-node' | 'onnxruntime-web'): Promise<Runtime> {
  const ort = await importPeer<Ort>(library, RUNTIMES_FOLDER)
  // A pool of threads would keep running after the check.
  if (ort.env.wasm !== undefined) ort.env.wasm.numThreads = 1
  const version = ort.env.versions?.[library === 'onnxruntime-node' ? 'node' : 'web']
  return {
    name: version === undefined ? library : `${library} ${version}`,
    load: async (model, inner) => {
      const session = await ort.InferenceSession.create(
        inner.length === 0 ? model : withOutputs(model, inner),
        OPTIONS,
      )
      return {
        run: async (fed) => {
          const feeds = fed.map(
            ({ name, dtype, data, shape }) => [name, new ort.Tensor(dtype, data, shape)] as const,
          )
          const outputs = await session.run(Object.fromEntries(feeds))
          return new Map(Object.entries(outputs).map(([name, { data }]) => [name, data]))
        },
        close: () => session.release(),
      }
    },
  }
}
